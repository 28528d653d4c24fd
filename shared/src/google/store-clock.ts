import { RetryableError } from "../errors.ts";

/**
 * The time of a store that other machines write to, as far as this process knows it. No machine's wall clock has a
 * part in it: two of them are never compared, and each may be wrong.
 */
export interface StoreClock {
  /**
   * Milliseconds since 1970, by the store. It lags behind by what the last answer took to come, and is never ahead:
   * what was written before a read that this process has had an answer to is not later than now.
   * @throws RetryableError CLOCK_UNKNOWN before the first answer
   */
  now(): number;
  /** Asks the store for its time, unless it told it of late. Calls at once share one question. */
  sync(): Promise<void>;
  /** Notes the time of a read whose answer has just come. Reads may be answered in any order: the latest one counts. */
  observe(readAt: number): void;
}

/** After so long a clock that runs wrong by a thousandth is off by as much as an answer takes. */
const FRESH_MS = 10_000;

/**
 * @param read reads anything of the store's, and observes its time
 * @param monotonic milliseconds that never run backwards
 */
export function createStoreClock(
  read: () => Promise<unknown>,
  monotonic: () => number = () => performance.now(),
): StoreClock {
  let last: { readAt: number; cameAt: number } | undefined;
  let asking: Promise<unknown> | undefined;

  return {
    now() {
      if (!last) throw new RetryableError("CLOCK_UNKNOWN", "the store has not told its time yet");
      return Math.floor(last.readAt + monotonic() - last.cameAt);
    },
    async sync() {
      if (last && monotonic() - last.cameAt < FRESH_MS) return;
      asking ??= read().finally(() => {
        asking = undefined;
      });
      await asking;
    },
    observe(readAt) {
      if (!last || readAt > last.readAt) last = { readAt, cameAt: monotonic() };
    },
  };
}
