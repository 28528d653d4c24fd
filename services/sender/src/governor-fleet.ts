import type { Log } from "@fanfare/shared/runtime/log";
import type { Senders } from "@fanfare/shared/senders";
import type { GovernorClock } from "./governor.ts";
import type { Limits } from "./governor-limits.ts";
import { createShare } from "./governor-share.ts";

/** How often a sender renews its record and looks at the others', while it sends. */
const BEAT_MS = 2_500;
/** How soon it does so where it failed, or where its share is too small. */
const HASTE_MS = 500;
/** How long it waits for the store before it takes a call for lost. */
const CALL_MS = 5_000;
/** How often it writes and looks again at once because of what it saw. */
const ROUNDS = 3;

/** What a governor needs to share its limits with the other senders. */
export interface FleetPorts {
  senders: Senders;
  /** Of this process, never used again. */
  id: string;
  log: Log;
  /** From 0 to 1. */
  random: () => number;
}

/** The governor, as the fleet sees it. */
export interface Governed {
  limits: Limits;
  /** Whether anybody waits. */
  isWanted: () => boolean;
  /** Told when more may be possible than before. */
  changed: () => void;
}

/** This process among the senders. */
export interface Fleet {
  /** Attempts are made, or about to be. */
  want(): void;
  /** Somebody has to wait. */
  lack(): void;
  /** Nobody may send for `ms` milliseconds. */
  tell(ms: number): void;
  leave(): void;
}

/**
 * The heartbeat: goes on for as long as attempts are made or waited for, then withdraws, so that an idle process costs
 * nothing. It never throws: where the store fails it tries again, and the share runs out.
 */
export function joinFleet(ports: FleetPorts, clock: GovernorClock, governed: Governed): Fleet {
  const { log, random } = ports;
  const share = createShare(ports.senders, ports.id, governed.limits, clock);
  let running = false;
  let closed = false;
  let failing = false;
  let hasToTell = false;
  let hasty = false;
  let endRest = () => {};

  const isNeeded = () => !closed && (hasToTell || governed.isWanted() || share.isUsed());

  async function run(): Promise<void> {
    running = true;
    while (isNeeded()) {
      await renew();
      await rest();
      if (!isNeeded()) await inTime(share.withdraw()).catch(failed);
    }
    running = false;
  }

  async function renew(): Promise<void> {
    hasToTell = false;
    share.count();
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const adopt = await inTime(share.exchange());
        if (closed) return;
        const again = adopt();
        failing = false;
        governed.changed();
        if (!again) return;
      }
    } catch (error) {
      failed(error);
    }
  }

  function failed(error: unknown): void {
    if (!failing && !closed) log.warn({ error: String(error) }, "the other senders are out of sight");
    failing = true;
  }

  function inTime<T>(call: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    clock.after(CALL_MS, () => reject(new Error(`the store did not answer within ${CALL_MS} ms`)));
    return Promise.race([call, promise]);
  }

  /** Until the next heartbeat: not at the same time as the others', and sooner where it cannot wait. */
  function rest(): Promise<void> {
    return new Promise((resolve) => {
      endRest = resolve;
      hasty = failing || share.isLacking();
      if (closed || hasToTell) resolve();
      else clock.after(hasty ? HASTE_MS : BEAT_MS * (0.9 + random() * 0.2), resolve);
    });
  }

  return {
    want() {
      if (!running && !closed) void run();
    },
    lack() {
      if (hasty || !running || !share.isLacking()) return;
      hasty = true;
      clock.after(HASTE_MS, endRest);
    },
    tell(ms) {
      share.tell(ms);
      hasToTell = true;
      endRest();
      if (!running && !closed) void run();
    },
    leave() {
      closed = true;
      endRest();
      if (!running) void share.withdraw().catch(failed);
    },
  };
}
