import type { Verdict } from "@fanfare/shared/domain/answers";
import type { Log } from "@fanfare/shared/hosting/log";
import type { OtherDriver, Senders } from "@fanfare/shared/senders";
import { createAnswers } from "./governor-answers.ts";
import type { GovernorClock } from "./governor-clock.ts";
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
  /** The store's time, for people to read. */
  now: () => number;
  /** From 0 to 1. */
  random: () => number;
  /** This process's driver of HTTP/2, where it is not ours. */
  driver?: () => OtherDriver | undefined;
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
  /** What came back for a message: the others are to know how many addresses FCM calls dead. */
  count(verdict: Verdict): void;
  /** Something has changed that the others are to hear of at once. */
  tell(): void;
  /** Resolves when nothing is said any more: the store may be closed then. */
  leave(): Promise<void>;
}

/**
 * The heartbeat: goes on for as long as attempts are made or waited for, then withdraws, so that an idle process costs
 * nothing. It never throws: where the store fails it tries again, and the share runs out.
 */
export function joinFleet(ports: FleetPorts, clock: GovernorClock, governed: Governed): Fleet {
  const { log, random } = ports;
  const answers = createAnswers(clock.steady ?? clock.now);
  const share = createShare(ports.senders, ports.id, governed.limits, clock, answers, ports.driver);
  let running = false;
  let ended = Promise.resolve();
  let closed = false;
  let failing = false;
  let hasToTell = false;
  let hasty = false;
  let endRest = () => {};

  const isNeeded = () => !closed && (hasToTell || governed.isWanted() || share.isUsed() || answers.hasNews());

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

  function want(): void {
    if (!running && !closed) ended = run();
  }

  function tell(): void {
    hasToTell = true;
    endRest();
    want();
  }

  return {
    want,
    lack() {
      if (hasty || !running || !share.isLacking()) return;
      hasty = true;
      clock.after(HASTE_MS, endRest);
    },
    count(verdict) {
      if (!answers.note(verdict)) return;
      if (answers.isOdd()) tell();
      else want();
    },
    tell,
    leave() {
      closed = true;
      endRest();
      return inTime(running ? ended : share.withdraw()).catch(failed);
    },
  };
}
