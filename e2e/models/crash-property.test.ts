import { audienceAsOf } from "@fanfare/shared/domain/broadcast";
import { outcomesOf } from "@fanfare/shared/domain/chunk";
import { codeOf } from "@fanfare/shared/domain/outcome";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import { runsOf } from "@fanfare/shared/testing/runs";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findImbalances } from "../testing/balance.ts";
import { type Plan, plans } from "../testing/crash/plan.ts";
import { type Run, simulate } from "../testing/crash/simulation.ts";
import { type OpenStores, openInMemory, openSqlite } from "../testing/stores.ts";

// Leases are renewed by a timer of the process, which belongs to the simulated time.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** What became of one broadcast of a run, and whom it was to reach. */
async function look(run: Run, plan: Plan, index: number) {
  const id = run.answers.get(index) ?? "";
  const broadcast = await run.stores.broadcasts.get(id);
  const books = broadcast?.books;
  if (!books) throw new Error(`broadcast ${index} has no books`);
  const type = index === 0 ? "Android" : "iOS";
  const documents = [...plan.documents, ...plan.latecomers].filter(
    ({ path, deviceType }) =>
      deviceType === type && (run.arrivals.get(path) ?? Infinity) <= audienceAsOf(broadcast),
  );
  return { id, books, documents, chunks: await Array.fromAsync(run.stores.ledger.chunks(id)) };
}

type Seen = Awaited<ReturnType<typeof look>>;

function expectBalance({ fcm }: Run, plan: Plan, { id, books, documents, chunks }: Seen): void {
  const audience = new Set(documents.flatMap(({ address }) => (address === null ? [] : [address])));
  const imbalances = findImbalances(chunks, books, {
    audience,
    acceptedOf: (address) => fcm.acceptedOf(id, address),
    codesOf: (address) => fcm.codesOf(id, address),
  });
  expect(imbalances).toEqual([]);
  expect(books.late).toBeLessThanOrEqual(plan.latecomers.length);
}

/** The documents that are to be pruned: those with an address that was found dead. */
function prunedOf({ documents, chunks }: Seen): RegistrationDocument[] {
  const dead = chunks.flatMap((chunk) =>
    outcomesOf(chunk).flatMap((outcome, place) =>
      outcome && codeOf(outcome) === "UNREGISTERED" ? [chunk.members[place]?.address] : [],
    ),
  );
  return documents.filter(({ address }) => address !== null && dead.includes(address));
}

async function judge(run: Run, plan: Plan): Promise<void> {
  expect(run.over, "everything finishes").toBe(true);
  const seen = [await look(run, plan, 0), await look(run, plan, 1)];
  const expected = new Set(run.arrivals.keys());
  for (const [index, one] of seen.entries()) {
    expectBalance(run, plan, one);
    if (plan.onCrash[index] === "miss") {
      expect(one.books.possibleRepeats).toBe(0);
      const repeated = one.documents.filter(({ address }) => run.fcm.acceptedOf(one.id, address ?? "") > 1);
      expect(repeated).toEqual([]);
    }
    const pruned = prunedOf(one);
    for (const { path } of pruned) expected.delete(path);
    expect(await run.stores.registrations.countPruned(one.id), "a tombstone of each").toBe(pruned.length);
  }
  const without = (type: string) =>
    plan.documents.filter(({ address, deviceType }) => address === null && deviceType === type).length;
  expect(seen.map(({ books }) => books.withoutAddress)).toEqual([
    without("Android") + without("iOS"),
    without("iOS"),
  ]);
  const owners = [...run.arrivals.keys()].map((path) => path.split("/").slice(0, 2).join("/"));
  const remaining = (await run.stores.registrations.readOwned(owners)).map(({ path }) => path);
  expect(remaining.toSorted()).toEqual([...expected].toSorted());
  const finished = run.messages.published("broadcast-events").filter((data) => data.includes(".finished"));
  expect(new Set(finished).size, "one end of each, however often it is told").toBe(2);
  const dead = ["scheduler-dead", "resolver-dead", "sender-dead"].flatMap(run.messages.published);
  expect(dead, "nothing that can never be handled").toEqual([]);
}

test.each<[string, OpenStores, number]>([
  ["the ledger in memory", openInMemory, 450],
  ["SQLite", openSqlite, 150],
])("any order, loss, doubling and crash of events gives books that balance, on %s", async (_, open, runs) => {
  const property = fc.asyncProperty(plans, async (plan) => {
    const run = await simulate(plan, open, (ms) => vi.advanceTimersByTime(ms));
    try {
      await judge(run, plan);
    } finally {
      await run.close();
      vi.clearAllTimers();
    }
  });
  await fc.assert(property, { numRuns: runsOf(runs) });
});
