import { expect, test } from "vitest";
import type { Measured } from "./measure.ts";
import { noResults, reportOf, summarize } from "./report.ts";

const measured = (cpuMsPer1000: number, peakRssMb = 100): Measured => ({
  cpuMsPer1000,
  perSecond: 1_000,
  peakRssMb,
});

test("the median counts, and of memory the most", () => {
  const rounds = [measured(3, 90), measured(1, 120), measured(2, 100)];
  expect(summarize(rounds)).toEqual({ cpuMsPer1000: 2, perSecond: 1_000, peakRssMb: 120 });
});

test("reading is compared at the largest size, and memory from the smallest to the largest", () => {
  const { fanfare, getAll } = noResults();
  getAll.firestore = { 20000: measured(99), 200000: measured(30) };
  fanfare.firestoreReading = { 20000: measured(1), 200000: measured(5) };
  fanfare.sqliteWhole = { 200000: measured(1, 100), 1000000: measured(1, 110) };
  expect(reportOf({ fanfare, getAll })).toMatchObject({ ratioToGetAll: 6, memoryRatio: 1.1 });
});

test("without emulators there is no ratio", () => {
  expect(reportOf(noResults()).ratioToGetAll).toBeNull();
});
