import { emptyBooks } from "@fanfare/shared/domain/books";
import type { Chunk } from "@fanfare/shared/domain/chunk";
import { rejected } from "@fanfare/shared/domain/outcome";
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
  const latecomers = [{ ...(seeded[0] as (typeof seeded)[0]), path: pathOf(99), address: "late" }];
  const remaining = [...seeded.filter((_, index) => index !== 2 && index !== 4), ...refreshed, ...latecomers];
  const broadcasts = [makeSeen()];
  return { seeded, refreshed, latecomers, remaining, tombstones: 1, calledDead: false, broadcasts };
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
  ["a latecomer is gone", (pruned) => ({ remaining: without(pruned, pathOf(99)) }), /1 documents are gone/],
  [
    "one has another's address",
    ({ remaining }) => ({ remaining: remaining.map((one) => ({ ...one, address: "x" })) }),
    /11 documents are gone/,
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
    members.slice(0, dead).map((_, index) => [index, rejected("UNREGISTERED")]),
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
  [600, "done", []],
  // So close that all answers together may have been implausible when it was judged.
  [501, "withheld", []],
  [500, "withheld", ["b: pruning is withheld, and should be done"]],
] as const)("with %i dead of 1,000, pruning that is %s has %j to find", (dead, state, findings) => {
  const seeded = [{ path: pathOf(0), address: addressOf(0), kind: "token" as const, deviceType: "iOS" }];
  const isGone = state === "done" && dead === 600;
  const left = { remaining: isGone ? [] : seeded, tombstones: isGone ? 1 : 0 };
  const rest = { refreshed: [], latecomers: [], calledDead: false, ...left };
  expect(checkPruning({ seeded, ...rest, broadcasts: [makeMany(dead, state)] })).toEqual(findings);
});

test("pruning may be withheld where many were called dead for a while, but need not be", () => {
  const seeded = [{ path: pathOf(0), address: addressOf(0), kind: "token" as const, deviceType: "iOS" }];
  const rest = { seeded, refreshed: [], latecomers: [], calledDead: true };
  const kept = { remaining: seeded, tombstones: 0, broadcasts: [makeMany(460, "withheld")] };
  expect(checkPruning({ ...rest, ...kept })).toEqual([]);
  expect(checkPruning({ ...rest, ...kept, calledDead: false })).toEqual([
    "b: pruning is withheld, and should be done",
  ]);
  const gone = { remaining: [], tombstones: 1, broadcasts: [makeMany(460, "done")] };
  expect(checkPruning({ ...rest, ...gone })).toEqual([]);
  const few = { ...kept, broadcasts: [makeMany(250, "withheld")] };
  expect(checkPruning({ ...rest, ...few })).toEqual(["b: pruning is withheld, and should be done"]);
});

test("two broadcasts that are too small to doubt each may be doubtful together", () => {
  const broadcasts = [400, 200].map((resolved) => {
    const one = makeMany(0, "withheld");
    const outcomes = Object.fromEntries(
      Array.from({ length: resolved * 0.75 }, (_, index) => [index, rejected("UNREGISTERED")]),
    );
    const [chunk] = one.chunks;
    const chunks = chunk ? [{ ...chunk, progress: { ...chunk.progress, outcomes } }] : [];
    return { ...one, books: { ...one.books, resolved }, chunks };
  });
  const rest = { seeded: [], refreshed: [], latecomers: [], remaining: [], tombstones: 0, calledDead: false };
  expect(checkPruning({ ...rest, broadcasts })).toEqual([]);
  expect(checkPruning({ ...rest, broadcasts: broadcasts.slice(0, 1) })).toEqual([
    "b: pruning is withheld, and should be done",
  ]);
});

test.each([
  ["gone", 0, 1],
  ["left", 1, 0],
] as const)(
  "a small pruning may be stopped among many dead answers: its documents may be %s",
  (_, left, tombstones) => {
    const [large, small] = [makeMany(900, "withheld"), makeMany(1, "withheld")];
    const seeded = [{ path: pathOf(0), address: addressOf(0), kind: "token" as const, deviceType: "iOS" }];
    const rest = {
      refreshed: [],
      latecomers: [],
      remaining: seeded.slice(0, left),
      tombstones,
      calledDead: false,
    };
    const broadcasts = [large, { ...small, books: { ...small.books, resolved: 10 } }];
    expect(checkPruning({ seeded, ...rest, broadcasts })).toEqual([]);
  },
);
