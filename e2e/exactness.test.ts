import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plansOf, type Size } from "./testing/exactness/plan.ts";
import { findFaults } from "./testing/exactness/simulation.ts";
import { type OpenStores, openFirestore, openSqlite } from "./testing/exactness/stores.ts";

/** Ends a search for the smallest example that takes too long, and tells of a run that hangs. */
const LIMITS = { interruptAfterTimeLimit: 180_000, markInterruptAsFailure: true };
const PROMISE = "who was there from start to end is in exactly one chunk, and who came later in none";

async function expectExactness(open: OpenStores, size: Size, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(plansOf(size), async (plan) => {
    expect(await findFaults(plan, open)).toEqual([]);
  });
  await fc.assert(property, { numRuns, ...LIMITS });
}

describe("on SQLite", () => {
  test(PROMISE, () => expectExactness(openSqlite, { documents: 60, choices: 250, manyUsers: true }, 1_000));
});

describeOnEmulators("on Firestore", ["firestore"], () => {
  test(PROMISE, () => expectExactness(openFirestore, { documents: 12, choices: 80, manyUsers: false }, 12));
});
