import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { expect, test } from "vitest";
import type { Measured } from "./resolve/measure.ts";
import { resolve } from "./resolve.ts";

/** Each way has read every registration, or it would have failed. */
function expectMeasured(ways: Record<number, Measured>[], sizes: string[]): void {
  for (const way of ways) {
    expect(Object.keys(way)).toEqual(sizes);
    // The kernel counts processor time in hundredths of a second: so few registrations may take none.
    for (const { perSecond, peakRssMb } of Object.values(way))
      expect(Math.min(perSecond, peakRssMb)).toBeGreaterThan(0);
  }
}

test("every way reads a data file whole, and the resolver finds each device once", {
  timeout: 60_000,
}, async () => {
  const sizes = { firestore: [], sqlite: [2_500] };
  const { fanfare, getAll, ratioToGetAll, memoryRatio } = await resolve({ json: true, rounds: 1, sizes });
  expectMeasured([getAll.sqlite, fanfare.sqliteReading, fanfare.sqliteWhole], ["2500"]);
  expect({ ratioToGetAll, memoryRatio }).toEqual({ ratioToGetAll: null, memoryRatio: 1 });
});

describeOnEmulators("on the emulators", ["firestore", "pubsub"], () => {
  test("every way reads a project whole, and the resolver finds each device once", {
    timeout: 120_000,
  }, async () => {
    const sizes = { firestore: [600], sqlite: [] };
    const { fanfare, getAll, ratioToGetAll } = await resolve({ json: true, rounds: 1, sizes });
    expectMeasured([getAll.firestore, fanfare.firestoreReading, fanfare.firestoreWhole], ["600"]);
    expect(ratioToGetAll).toBeGreaterThan(0);
  });
});
