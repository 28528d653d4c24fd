/**
 * A project's quota as FCM keeps it: a window begins with the first message and refills to full at the end of
 * each window's length, not aligned to the clock
 * (https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas).
 *
 * @param windowMs length of a window: a minute, except in tests
 * @param now milliseconds of a clock that never goes back
 */
export function createQuota({ windowMs, now }: { windowMs: number; now: () => number }) {
  let startedAt: number | undefined;
  let used = 0;

  function roll(): number {
    const at = now();
    startedAt ??= at;
    const windows = Math.floor((at - startedAt) / windowMs);
    if (windows > 0) {
      startedAt += windows * windowMs;
      used = 0;
    }
    return startedAt + windowMs - at;
  }

  return {
    /** Whether one more message fits the current window. */
    hasRoom(limit: number | null): boolean {
      roll();
      return limit === null || used < limit;
    },
    /** Counts one message; a 429 is never counted. */
    spend(): void {
      used++;
    },
    /** Seconds until the window refills, rounded up, at least 1. */
    secondsToRefill(): number {
      return Math.max(1, Math.ceil(roll() / 1000));
    },
  };
}

export type Quota = ReturnType<typeof createQuota>;
