import { afterAll, beforeAll, describe } from "vitest";
import { restoreDate, shiftDate } from "./shift-date.ts";

/** How far a machine's clock may be off: set by hand to another day, or without a time server for long. */
const OFF = [
  ["a day ahead", 86_400_000],
  ["15 minutes behind", -900_000],
] as const;

/**
 * A suite that must hold whatever this machine's clock says, run once with each wrong one.
 * @param define is told how far the clock is ahead, in milliseconds: that less, `Date.now` is the real time
 */
export function describeWithWrongClock(define: (aheadMs: number) => void): void {
  describe.each(OFF)("with this machine's clock %s", (_, aheadMs) => {
    beforeAll(() => void shiftDate(aheadMs));
    afterAll(restoreDate);
    define(aheadMs);
  });
}
