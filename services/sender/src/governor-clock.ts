import { elapsed } from "@fanfare/shared/hosting/elapsed";

export interface GovernorClock {
  /** Elapsed milliseconds: a share is a lease, and runs out while a machine sleeps. */
  now: () => number;
  /** Milliseconds of the monotonic clock alone; absent where no other clock is set. */
  steady?: () => number;
  after: (ms: number, then: () => void) => void;
}

/** Its timers keep no process alive that has nothing else to do. */
export const realClock: GovernorClock = {
  now: elapsed,
  steady: () => performance.now(),
  after: (ms, then) => void setTimeout(then, ms).unref(),
};
