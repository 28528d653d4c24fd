import { emptyBooks, enter } from "@fanfare/shared/domain/books";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { type Chunk, tally } from "@fanfare/shared/domain/chunk";
import type { LogLine, Nature } from "@fanfare/simulator";
import { expect, test } from "vitest";
import { checkBroadcast, type Expected } from "./check-broadcast.ts";
import { checkHeld } from "./check-held.ts";
import { checkPruning, type Pruned } from "./check-pruning.ts";
import type { Held } from "./hold.ts";
import { checkPhones } from "./judge.ts";
import { membersOf, type Seen } from "./seen.ts";

const NATURES: Nature[] = ["fine", "fine", "dead", "foreign", "malformed"];
const ANSWERS = [["200"], ["503", "200"], ["404"], ["403"], ["400"]];
const CODES = { dead: "UNREGISTERED", foreign: "SENDER_ID_MISMATCH", malformed: "INVALID_ARGUMENT" };
const addressOf = (index: number) => `address-${index}`;
const pathOf = (index: number) => `users/u${index}/fcm_tokens/t`;

function makeLine(index: number, answers: string[]): LogLine {
  const accepted = answers.filter((answer) => answer === "200").length;
  const address = addressOf(index);
  const attempts = answers.length;
  return { broadcast: "b", address, kind: "token", attempts, accepted, answers, order: [], template: 1 };
}

/** A broadcast to five devices in which all is well. */
function makeSeen(): Seen {
  const members = NATURES.map((_, index) => ({
    address: addressOf(index),
    kind: "token" as const,
    path: pathOf(index),
  }));
  const outcomes: Chunk["progress"]["outcomes"] = {};
  for (const [index, nature] of NATURES.entries())
    if (nature !== "fine") outcomes[index] = `rejected(${CODES[nature]})`;
  const progress = { open: [], unsure: [], maybe: [], outcomes };
  const chunk: Chunk = { id: "b.000.000000", state: "settled", members, progress, possibleRepeats: 1 };
  const log = ANSWERS.map((answers, index) => makeLine(index, answers));
  return count({ broadcast: makeBroadcast(), books: emptyBooks(), chunks: [chunk], log });
}

/** With the books that its chunks add up to. */
function count(seen: Seen): Seen {
  const books = { ...emptyBooks(), withoutAddress: 2 };
  for (const { members, progress, possibleRepeats } of seen.chunks)
    enter(books, tally(members.length, progress, possibleRepeats));
  return { ...seen, books };
}

function makeBroadcast(): Broadcast {
  return {
    v: 1,
    id: "b",
    version: 5,
    caller: "c",
    idempotencyKey: "k",
    fingerprint: "f",
    content: { title: "Title", text: "Text" },
    audience: {},
    onCrash: "repeat",
    phase: "succeeded",
    gates: {},
    createdAt: 1,
    dueAt: 1,
    releasedAt: 1,
    finishedAt: 2,
    owes: [],
    books: null,
    pruning: { state: "done" },
  };
}

function makeExpected(): Expected {
  const natures = new Map(NATURES.map((nature, index) => [addressOf(index), nature]));
  return { audience: new Set(natures.keys()), natures, withoutAddress: 2, latecomers: 0 };
}

const chunkOf = ({ chunks: [chunk] }: Seen): Chunk => chunk as Chunk;

test("a broadcast of which all agrees has nothing to find", async () => {
  expect(await checkBroadcast(makeSeen(), makeExpected())).toEqual([]);
});

test("a cut-off attempt may be unknown where the caller asked for that", async () => {
  const seen = makeSeen();
  seen.broadcast.onCrash = "miss";
  Object.assign(chunkOf(seen), { possibleRepeats: 0 });
  chunkOf(seen).progress.outcomes[0] = "unknown";
  expect(await checkBroadcast(count(seen), makeExpected())).toEqual([]);
});

const BROKEN: [what: string, breakIt: (seen: Seen, expected: Expected) => void, finding: RegExp][] = [
  [
    "a device is left out",
    (_, expected) => Object.assign(expected, { audience: new Set([...expected.audience, "more"]) }),
    /1 addresses of the audience are not in the ledger/,
  ],
  [
    "somebody else was sent to",
    ({ log }) => void log.push(makeLine(9, ["200"])),
    /1 addresses were sent to that are not in the audience/,
  ],
  [
    "a device is in the ledger twice",
    (seen) => void chunkOf(seen).members.push({ address: addressOf(0), kind: "token", path: "p" }),
    /is in the ledger twice/,
  ],
  ["an outcome is not what FCM saw", ({ log }) => void log.splice(0, 1), /is accepted, and FCM saw nothing/],
  [
    "a repeat was not counted",
    (seen) => {
      seen.log[0] = makeLine(0, ["503", "200", "200"]);
      chunkOf(seen).possibleRepeats = 0;
    },
    /FCM accepted 1 repeats, and 0 were counted/,
  ],
  [
    "a repeat was counted where none is made",
    ({ broadcast }) => Object.assign(broadcast, { onCrash: "miss" }),
    /1 repeats were counted of a broadcast that makes none/,
  ],
  [
    "a cut-off attempt is unknown, and was to be repeated",
    (seen) => {
      chunkOf(seen).progress.outcomes[0] = "unknown";
    },
    /1 addresses are fine and ended as unknown/,
  ],
  [
    "a dead device counts as another's",
    (seen) => {
      chunkOf(seen).progress.outcomes[2] = "rejected(SENDER_ID_MISMATCH)";
      seen.log[2] = makeLine(2, ["403"]);
    },
    /1 addresses are dead and ended as rejected\(SENDER_ID_MISMATCH\)/,
  ],
  [
    "a member is open",
    (seen) => void chunkOf(seen).progress.open.push(0),
    /1 addresses are fine and ended as open/,
  ],
  [
    "it ended in another phase",
    ({ broadcast }) => Object.assign(broadcast, { phase: "failed" }),
    /it failed, and should have succeeded/,
  ],
  [
    "documents without address are not counted",
    (_, expected) => Object.assign(expected, { withoutAddress: 3 }),
    /2 documents count as without address, and 3 are/,
  ],
];

test.each(BROKEN)("it is found out when %s", async (_, breakIt, finding) => {
  const [seen, expected] = [makeSeen(), makeExpected()];
  breakIt(seen, expected);
  expect((await checkBroadcast(count(seen), expected)).join("\n")).toMatch(finding);
});

test.each([
  ["late", 1, /1 documents count as late, and 0 were/],
  ["unresolvedAbout", 7, /about 7 registrations were not read/],
  ["accepted", 3, /the books say accepted 3, the chunks 2/],
] as const)("it is found out when the books say that %s is %i", async (key, value, finding) => {
  const seen = makeSeen();
  seen.books[key] = value;
  expect((await checkBroadcast(seen, makeExpected())).join("\n")).toMatch(finding);
});

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
  const chunk: Chunk = { id: "b.000.000000", state: "settled", members, progress, possibleRepeats: 0 };
  const broadcast = { ...makeBroadcast(), pruning: { state } };
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

/** A gate that was closed while two members were open. */
function makeHeld(): Held {
  const outcomes = new Map(membersOf(makeSeen().chunks));
  const attempts = new Map(makeSeen().log.map((line) => [line.address, line.attempts]));
  for (const index of [0, 1]) outcomes.set(addressOf(index), null);
  attempts.delete(addressOf(0));
  attempts.set(addressOf(1), 1);
  return { outcomes, attempts, before: 4, after: 4 };
}

test("a gate that kept everything in has nothing to find", () => {
  expect(checkHeld(makeHeld(), makeSeen())).toEqual([]);
});

const LEAKS: [what: string, leak: (held: Held) => unknown, finding: RegExp][] = [
  [
    "something was sent",
    (held) => Object.assign(held, { after: 6 }),
    /2 messages were sent while it was held/,
  ],
  [
    "the ledger lacked a member",
    ({ outcomes }) => outcomes.delete(addressOf(1)),
    /lacked 1 members and had 0 others/,
  ],
  [
    "the ledger had another",
    ({ outcomes }) => outcomes.set("other", null),
    /lacked 0 members and had 1 others/,
  ],
  ["an outcome changed", ({ outcomes }) => outcomes.set(addressOf(3), "accepted"), /1 outcomes changed/],
  [
    "one who was reached was sent to again",
    ({ attempts }) => attempts.set(addressOf(2), 0),
    /1 members with an outcome were sent to again/,
  ],
];

test.each(LEAKS)("it is found out when %s", (_, leak, finding) => {
  const held = makeHeld();
  leak(held);
  expect(checkHeld(held, makeSeen()).join("\n")).toMatch(finding);
});

test("it is found out when a phone shows the same twice, or gets what belongs to no broadcast", () => {
  const { log, broadcast } = makeSeen();
  expect(checkPhones(log, { shownTwice: 0 }, [{ broadcast }])).toEqual([]);
  expect(checkPhones(log, { shownTwice: 2 }, [{ broadcast }])).toEqual([
    "2 phones show a notification twice",
  ]);
  expect(checkPhones([{ broadcast: "" }], { shownTwice: 0 }, [{ broadcast }])).toEqual([
    "1 addresses were sent to outside of every broadcast",
  ]);
});
