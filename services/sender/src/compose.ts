import { setTimeout as sleep } from "node:timers/promises";
import { FCM_RETRY } from "@fanfare/shared/domain/backoff";
import { createLog, type Log } from "@fanfare/shared/runtime/log";
import { type CommonSettings, timingOf } from "@fanfare/shared/runtime/settings";
import type { Store } from "@fanfare/shared/runtime/store";
import pLimit from "p-limit";
import type { SenderSettings } from "./config.ts";
import { noCredential } from "./credential.ts";
import { createFirebaseCredential } from "./firebase-admin.ts";
import { createGovernor } from "./governor.ts";
import { createHttp2Transport, type TransportEvent } from "./http2.ts";
import type { SenderParts } from "./service.ts";

/**
 * Chunks sent at once in each lane. A crash can repeat what these hold, so few is better; enough to keep every stream busy while
 * one chunk's last answers are awaited.
 */
const ACTIVE_CHUNKS = 4;

/** A push function has 9 minutes; a chunk is handed back well before. */
const BUDGET_MS = 8 * 60_000;

/** The sender's parts, on the stores given. */
export function composeSender(
  config: SenderSettings & CommonSettings,
  fcmProject: string,
  store: Store,
  log: Log = createLog("sender", config.FANFARE_LOG_LEVEL),
): SenderParts {
  const { FANFARE_FCM_ENDPOINT: endpoint, FANFARE_QUOTA_PER_MINUTE: quota } = config;
  // A simulator asks for no credential, and would be the wrong place to show one.
  const credential = endpoint.startsWith("https:") ? createFirebaseCredential() : noCredential;
  const onEvent = (event: TransportEvent) =>
    log[event.kind === "credential-failed" ? "error" : "info"](event, "connection to FCM");
  const active = { urgent: pLimit(ACTIVE_CHUNKS), normal: pLimit(ACTIVE_CHUNKS) };
  return {
    ...store,
    credential,
    transport: createHttp2Transport({ endpoint, project: fcmProject, credential, onEvent }),
    governor: createGovernor(quota === null ? null : Math.max(1, quota * config.FANFARE_QUOTA_SHARE)),
    log,
    lease: timingOf(config),
    retry: { ...FCM_RETRY, baseMs: config.FANFARE_RETRY_SECONDS * 1000 },
    budgetMs: BUDGET_MS,
    active: (lane, work) => active[lane](work),
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    wait,
  };
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
