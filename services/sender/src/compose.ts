import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { noCredential } from "@fanfare/fcm-http2/credential";
import { createHttp2Transport } from "@fanfare/fcm-http2/http2-transport";
import { FCM_RETRY } from "@fanfare/shared/domain/backoff";
import { mostWaitMs } from "@fanfare/shared/domain/lease";
import { quarterHourMs } from "@fanfare/shared/domain/shares";
import { elapsed } from "@fanfare/shared/hosting/elapsed";
import { createLog, type Log } from "@fanfare/shared/hosting/log";
import { type CommonSettings, timingOf } from "@fanfare/shared/hosting/settings";
import type { Store } from "@fanfare/shared/store";
import pLimit from "p-limit";
import type { SenderSettings } from "./config.ts";
import { createDriverInUse } from "./driver-in-use.ts";
import { createFirebaseCredential } from "./firebase-admin.ts";
import { createGovernor, type Governor } from "./governor.ts";
import type { FleetPorts } from "./governor-fleet.ts";
import type { SenderParts } from "./service.ts";

/**
 * Chunks sent at once. A crash can repeat what these hold, so few is better; enough for what is under way at FCM's
 * full quota and usual delay. Urgent ones hold few members, and wait for nothing but their answers.
 */
const ACTIVE_CHUNKS = { urgent: 16, normal: 8 };

/** As much as one process can send: for a larger quota it needs no more connections. */
const MOST_PER_SECOND = 20_000;

/** A push function has 9 minutes; a chunk is handed back well before. */
const BUDGET_MS = 8 * 60_000;

/** The sender's parts, on the stores given. */
export function composeSender(
  config: SenderSettings & CommonSettings,
  fcmProject: string,
  store: Store,
  log: Log = createLog("sender", config.FANFARE_LOG_LEVEL),
): SenderParts {
  const { FANFARE_FCM_ENDPOINT: endpoint, FANFARE_FCM_HTTP2: driver } = config;
  // A simulator asks for no credential, and would be the wrong place to show one.
  const credential = endpoint.startsWith("https:") ? createFirebaseCredential() : noCredential;
  const inUse = createDriverInUse(driver, store.now, log);
  const active = { urgent: pLimit(ACTIVE_CHUNKS.urgent), normal: pLimit(ACTIVE_CHUNKS.normal) };
  const lease = timingOf(config);
  const perMinute = perMinuteOf(config);
  const perSecond = Math.min(MOST_PER_SECOND, Math.ceil((perMinute ?? Number.POSITIVE_INFINITY) / 60));
  return {
    ...store,
    credential,
    transport: createHttp2Transport({
      ...{ endpoint, project: fcmProject, credential, driver, onEvent: inUse.onEvent, perSecond },
      waitMs: mostWaitMs(lease),
    }),
    governor: composeGovernor(perMinute, config, store, { log, driver: inUse.told }),
    log,
    endpoint: new URL(endpoint).origin,
    lease,
    retry: { ...FCM_RETRY, baseMs: config.FANFARE_RETRY_SECONDS * 1000 },
    budgetMs: BUDGET_MS,
    active: (lane, work) => active[lane](work),
    monotonic: elapsed,
    steady: () => performance.now(),
    random: Math.random,
    wait,
  };
}

/** Attempts a minute for all senders together; null for no limit. */
function perMinuteOf({
  FANFARE_QUOTA_PER_MINUTE: quota,
  FANFARE_QUOTA_SHARE: part,
}: SenderSettings): number | null {
  return quota === null ? null : Math.max(1, Math.floor(quota * part));
}

/** One for all senders on the same store. */
function composeGovernor(
  perMinute: number | null,
  config: SenderSettings,
  { senders, now }: Store,
  ports: Pick<FleetPorts, "log" | "driver">,
): Governor {
  return createGovernor(perMinute, undefined, {
    fleet: { ...ports, senders, id: randomUUID(), now, random: Math.random },
    ...(config.FANFARE_AVOID_QUARTER_HOURS && { keepAwayMs: () => quarterHourMs(now()) }),
  });
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
