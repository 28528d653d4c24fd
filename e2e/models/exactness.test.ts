import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { runsOf } from "@fanfare/shared/testing/runs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Plan, plansOf, type Size } from "../testing/exactness/plan.ts";
import { findFaults } from "../testing/exactness/simulation.ts";
import { type OpenStores, openFirestore, openInMemory, openSqlite } from "../testing/stores.ts";

/** Ends a search for the smallest example that takes too long, and tells of a run that hangs. */
const LIMITS = { interruptAfterTimeLimit: 180_000, markInterruptAsFailure: true };
const PROMISE = "who was there from start to end is in exactly one chunk, and who came later in none";

async function expectExactness(open: OpenStores, size: Size, runs: fc.Parameters<[Plan]>): Promise<void> {
  const property = fc.asyncProperty(plansOf(size), async (plan) => {
    expect(await findFaults(plan, open)).toEqual([]);
  });
  await fc.assert(property, { ...runs, ...LIMITS });
}

describe.each<[string, OpenStores, number]>([
  ["the ledger in memory", openInMemory, 450],
  ["SQLite", openSqlite, 150],
])("on %s", (_, open, runs) => {
  const size = { documents: 60, choices: 250, manyUsers: true };
  test(PROMISE, () => expectExactness(open, size, { numRuns: runsOf(runs) }));
});

describeOnEmulators("on Firestore", ["firestore"], () => {
  const size = { documents: 12, choices: 80, manyUsers: false };
  // Unbiased: of so few runs none is to be spent on an audience to which nothing happens.
  test(PROMISE, () => expectExactness(openFirestore, size, { numRuns: runsOf(12), unbiased: true }));
});
