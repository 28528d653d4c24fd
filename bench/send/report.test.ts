import { expect, test } from "vitest";
import { type Measured, median, reportOf } from "./report.ts";
import type { Round } from "./rounds.ts";

const roundOf = (cpuMsPer1000: number, fields: Partial<Round> = {}): Round => ({
  cpuMsPer1000,
  perSecond: 1_000,
  peakRssMb: 100,
  sinkBusy: 0.1,
  ...fields,
});

function measured(name: string, calls: number, at0ms: Round[], at40ms: Round[]): Measured {
  const prepare = () => Promise.reject(new Error("is not to be run again"));
  return { contender: { name, calls, pid: 1, idleRssMb: 50, prepare }, rounds: { at0ms, at40ms } };
}

test("the median counts, and of several ways to call a library the cheapest at each latency", () => {
  const { results, ...ratios } = reportOf([
    measured("fanfare", 1, [roundOf(10), roundOf(99), roundOf(12)], [roundOf(20, { perSecond: 9_000 })]),
    measured("firebase-admin", 1, [roundOf(60)], [roundOf(200, { peakRssMb: 400 })]),
    measured("firebase-admin", 8, [roundOf(80)], [roundOf(100, { sinkBusy: 0.4 })]),
  ]);
  expect(ratios).toEqual({ ratioToFirebaseAdmin: 5, ratioAt40ms: 5 });
  expect(results.fanfare).toMatchObject({ cpuMsPer1000: 12, perSecond: 9_000, perSecondAt0ms: 1_000 });
  expect(results.firebaseAdmin).toMatchObject({ cpuMsPer1000: 60, cpuMsPer1000At40ms: 100, peakRssMb: 400 });
  expect(results.firebaseAdmin?.sinkBusy).toBe(0.4);
});

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});
