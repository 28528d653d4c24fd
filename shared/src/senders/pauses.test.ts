import { expect, test } from "vitest";
import { makeSender } from "./contract.ts";
import type { SenderRecord } from "./index.ts";
import { pausedForMs } from "./pauses.ts";

const AT = 1_800_000_000_000;

/** What records say that were written five seconds ago. */
function pausedFor(...records: Partial<SenderRecord>[]): number {
  const senders = records.map((fields, index) => ({
    ...makeSender(`s${index}`, 1, fields),
    writtenAt: AT - 5_000,
  }));
  return pausedForMs({ at: AT, senders });
}

test.each<[string, Partial<SenderRecord>[], number]>([
  ["no record", [], 0],
  ["records without a pause", [{}, {}], 0],
  ["a pause, from when its record was written", [{}, { pauseMs: 60_000 }], 55_000],
  ["the longest of several", [{ pauseMs: 60_000 }, { pauseMs: 30_000 }], 55_000],
  ["one that has ended", [{ pauseMs: 5_000 }], 0],
  [
    "one whose sender probes: the others' extra wait is left out",
    [{ pauseMs: 320_000, probes: true }],
    295_000,
  ],
  ["one whose sender is probing", [{ pauseMs: 15_000, probes: true }], 0],
  ["a day, which no sender believes", [{ pauseMs: 86_400_000 }], 315_000],
])("%s", (_, records, ms) => {
  expect(pausedFor(...records)).toBe(ms);
});
