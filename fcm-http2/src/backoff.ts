const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;

/**
 * When the next connection may be opened after failures: 50 ms after the first, doubling up to 5 s. Without it a
 * server that refuses connections would be called in a hot loop. Times are milliseconds of one monotonic clock.
 */
export interface Backoff {
  fail(now: number): void;
  /** The server answers again, so the next failure starts from 50 ms. A wait that has begun is not cut short. */
  reset(): void;
  remainingMs(now: number): number;
  /** True from a failure until the next answer: no more than one connection is then tried at a time. */
  failing(): boolean;
}

export function createBackoff(): Backoff {
  let failures = 0;
  let notBefore = Number.NEGATIVE_INFINITY;
  return {
    fail(now) {
      // A server that goes away takes all its connections along: that is one failure, not one for each of them.
      if (now < notBefore) return;
      notBefore = now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
      failures += 1;
    },
    reset() {
      failures = 0;
    },
    remainingMs: (now) => Math.max(0, notBefore - now),
    failing: () => failures > 0,
  };
}
