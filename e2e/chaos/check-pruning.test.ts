import { emptyBooks } from "@fanfare/shared/domain/books";
import type { Chunk } from "@fanfare/shared/domain/chunk";
import { expect, test } from "vitest";
import { checkPruning, type Pruned } from "./check-pruning.ts";
import type { Seen } from "./seen.ts";
import { addressOf, makeEnded, makeSeen, NATURES, pathOf } from "./testing/seen.ts";

/** A pruning in which all is well: the dead and the malformed one are gone, and one has come back. */
function makePruned(): Pruned {
  const seeded = NATURES.map((_, index) => ({
    path: pathOf(index),
    address: addressOf(index),
    kind: "token" as const,
    deviceType: "Android",
  }));
  const refreshed = [{ ...(seeded[4] as (typeof seeded)[0]), address: "new" }];
  const latecomers = [{ ...(seeded[0] as (typeof seeded)[0]), path: pathOf(9), address: "late" }];
  const remaining = [...seeded.filter((_, index) => index !== 2 && index !== 4), ...refreshed, ...latecomers];
  return { seeded, refreshed, latecomers, remaining, tombstones: 1, broadcasts: [makeSeen()] };
}

test("where exactly the dead are gone there is nothing to find", () => {
  expect(checkPruning(makePruned())).toEqual([]);
  expect(checkPruning({ ...makePruned(), tombstones: 2 })).toEqual([]);
});

const without = ({ remaining }: Pruned, path: string) => remaining.filter((one) => one.path !== path);
const MISPRUNED: [what: string, change: (pruned: Pruned) => Partial<Pruned>, finding: RegExp][] = [
  [
    "a living one is gone",
    (pruned) => ({ remaining: without(pruned, pathOf(0)) }),
    /1 documents are gone that were to stay: \w{12}$/,
  ],
  [
    "another project's is gone",
    (pruned) => ({ remaining: without(pruned, pathOf(3)) }),
    /1 documents are gone/,
  ],
  [
    "a refreshed one is gone",
    (pruned) => ({ remaining: without(pruned, pathOf(4)) }),
    /1 documents are gone/,
  ],
  ["a latecomer is gone", (pruned) => ({ remaining: without(pruned, pathOf(9)) }), /1 documents are gone/],
  [
    "one has another's address",
    ({ remaining }) => ({ remaining: remaining.map((one) => ({ ...one, address: "x" })) }),
    /5 documents are gone/,
  ],
  [
    "a dead one is left",
    ({ seeded }) => ({ remaining: seeded, refreshed: [], latecomers: [], tombstones: 2 }),
    /2 dead documents are left: \w{12}$/,
  ],
  [
    "one has no tombstone",
    () => ({ tombstones: 0 }),
    /0 documents were remembered as pruned, and 1 to 2 were/,
  ],
  ["one has two", () => ({ tombstones: 3 }), /3 documents were remembered as pruned/],
];

test.each(MISPRUNED)("it is found out when %s", (_, change, finding) => {
  const pruned = makePruned();
  expect(checkPruning({ ...pruned, ...change(pruned) }).join("\n")).toMatch(finding);
});

/** 1,000 members of one chunk, so many of them dead. */
function makeMany(dead: number, state: "done" | "withheld"): Pick<Seen, "broadcast" | "books" | "chunks"> {
  const members = Array.from({ length: 1_000 }, (_, index) => ({
    address: addressOf(index),
    kind: "token" as const,
    path: pathOf(index),
  }));
  const outcomes = Object.fromEntries(
    members.slice(0, dead).map((_, index) => [index, "rejected(UNREGISTERED)" as const]),
  );
  const progress = { open: [], unsure: [], maybe: [], outcomes };
  const chunk: Chunk = {
    id: "b.000.000000",
    state: "settled",
    inHand: false,
    members,
    progress,
    possibleRepeats: 0,
  };
  const broadcast = { ...makeEnded(), pruning: { state } };
  return { broadcast, books: { ...emptyBooks(), resolved: 1_000 }, chunks: [chunk] };
}

test.each([
  [601, "withheld", []],
  [601, "done", ["b: pruning is done, and should be withheld"]],
  [600, "withheld", ["b: pruning is withheld, and should be done"]],
] as const)("with %i dead of 1,000, pruning that is %s has %j to find", (dead, state, findings) => {
  const seeded = [{ path: pathOf(0), address: addressOf(0), kind: "token" as const, deviceType: "iOS" }];
  const isGone = dead === 600;
  const rest = { refreshed: [], latecomers: [], remaining: isGone ? [] : seeded, tombstones: isGone ? 1 : 0 };
  expect(checkPruning({ seeded, ...rest, broadcasts: [makeMany(dead, state)] })).toEqual(findings);
});
