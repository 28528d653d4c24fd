import { setTimeout as sleep } from "node:timers/promises";
import { FCM_RETRY } from "@fanfare/shared/domain/backoff";
import { createLog } from "@fanfare/shared/runtime/log";
import type { Service } from "@fanfare/shared/runtime/service";
import type { Store } from "@fanfare/shared/runtime/store";
import pLimit from "p-limit";
import type { SenderConfig } from "./config.ts";
import { noCredential } from "./credential.ts";
import { createGoogleCredential } from "./google-auth.ts";
import { createGovernor } from "./governor.ts";
import { createHttp2Transport, type TransportEvent } from "./http2.ts";
import { startSender } from "./service.ts";

/**
 * Chunks sent at once. A crash can repeat what these hold, so few is better; enough to keep every stream busy while
 * one chunk's last answers are awaited.
 */
const ACTIVE_CHUNKS = 4;

/** A push function has 9 minutes; a chunk is handed back well before. */
const BUDGET_MS = 8 * 60_000;

/** The sender with its parts, on the stores given. */
export function composeSender(config: SenderConfig, store: Store): Service {
  const endpoint = config.FANFARE_FCM_ENDPOINT;
  // A simulator asks for no credential, and would be the wrong place to show one.
  const credential = endpoint.startsWith("https:") ? createGoogleCredential() : noCredential;
  const log = createLog("sender");
  const onEvent = (event: TransportEvent) =>
    log[event.kind === "credential-failed" ? "error" : "info"](event, "connection to FCM");
  return startSender({
    ...store,
    credential,
    transport: createHttp2Transport({ endpoint, project: config.FANFARE_FCM_PROJECT, credential, onEvent }),
    governor: createGovernor(config.FANFARE_QUOTA_PER_MINUTE),
    log,
    lease: { leaseMs: config.FANFARE_LEASE_SECONDS * 1000 },
    retry: { ...FCM_RETRY, baseMs: config.FANFARE_RETRY_SECONDS * 1000 },
    budgetMs: BUDGET_MS,
    active: pLimit(ACTIVE_CHUNKS),
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    wait,
  });
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
