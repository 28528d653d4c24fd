import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { runsOf } from "@fanfare/shared/testing/runs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plansOf, type Size } from "../testing/stopping/plan.ts";
import { findFaults } from "../testing/stopping/simulation.ts";
import { type OpenStores, openFirestore, openInMemory, openSqlite } from "../testing/stores.ts";

const RUNS = runsOf(300);
/** One run in four is on the data file's own ledger, and one in 50 on the emulator, where each takes 50 times as long. */
const [ON_SQLITE, EMULATED] = [4, 50];
/** A thousand runs take a fraction of it: it ends a search for the smallest example, and tells of a run that hangs. */
const LIMIT_MS = 180_000 * Math.max(1, RUNS / 1_000);
const PROMISE = "a stop stops, whatever happens, and the books balance";

async function expectStops(open: OpenStores, size: Size, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(plansOf(size), async (plan) => {
    expect(await findFaults(plan, open)).toEqual([]);
  });
  await fc.assert(property, { numRuns, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
}

describe.each<[string, OpenStores, number]>([
  ["the ledger in memory", openInMemory, RUNS - Math.ceil(RUNS / ON_SQLITE)],
  ["SQLite", openSqlite, Math.ceil(RUNS / ON_SQLITE)],
])("on %s", (_, open, runs) => {
  const size = { documents: 25, choices: 120 };
  test(PROMISE, () => expectStops(open, size, runs), 2 * LIMIT_MS);
});

describeOnEmulators("on Firestore", ["firestore"], () => {
  const size = { documents: 12, choices: 60 };
  test(PROMISE, () => expectStops(openFirestore, size, Math.ceil(RUNS / EMULATED)), 2 * LIMIT_MS);
});
