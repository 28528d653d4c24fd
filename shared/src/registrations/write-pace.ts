import { setTimeout as sleep } from "node:timers/promises";

/** Spreads writes over time. */
export interface WritePace {
  /** Resolves when so many writes more may be made, in the order of the calls. */
  take(writes: number): Promise<void>;
}

export interface PaceClock {
  /** Milliseconds that never run backwards. */
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
}

const realClock: PaceClock = { now: () => performance.now(), sleep };

/**
 * Firestore's rule for new traffic, "500/50/5": begin with 500 writes a second, and half as many more every five
 * minutes, so that it can split the keys that are written. (firebase.google.com/docs/firestore/best-practices)
 */
const FIRST_PER_SECOND = 500;
const GROWTH = 1.5;
const STEP_MS = 300_000;

/** The pace of one process: whatever writes by it, one after the other or at once, shares its ramp. */
export function createWritePace({ now, sleep }: PaceClock = realClock): WritePace {
  let rampedSince = now();
  /** When all that was granted so far has been written. */
  let grantedUntil = now();

  return {
    async take(writes) {
      const time = now();
      // What the keys were split for is not kept for long.
      if (time - grantedUntil > STEP_MS) rampedSince = time;
      const start = Math.max(time, grantedUntil);
      const perSecond = FIRST_PER_SECOND * GROWTH ** Math.floor((start - rampedSince) / STEP_MS);
      grantedUntil = start + (writes / perSecond) * 1000;
      if (start > time) await sleep(start - time);
    },
  };
}

/** For an emulator, which needs no ramp. */
export const UNPACED: WritePace = { take: async () => {} };
