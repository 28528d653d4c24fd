import { type Books, emptyBooks, enter } from "@fanfare/shared/domain/books";
import { type Chunk, type Member, tally } from "@fanfare/shared/domain/chunk";
import { rejected } from "@fanfare/shared/domain/outcome";
import type { LogLine } from "@fanfare/simulator";
import { expect, test } from "vitest";
import { checkBooks } from "./check-books.ts";
import type { Device } from "./seed.ts";

const NATURES = ["fine", "fine", "dead", "fine", "foreign", "malformed"] as const;
const ANSWERS = [["200"], ["503", "200"], ["404"], ["gone", "200"], ["403"], ["429", "400"]];

const addressOf = (index: number) => `address-${index}`;

function makeLine(index: number, answers: string[]): LogLine {
  const accepted = answers.filter((answer) => answer === "200").length;
  const address = addressOf(index);
  const attempts = answers.length;
  return { broadcast: "b", address, kind: "token", attempts, accepted, answers, order: [], template: 1 };
}

function makeMember(index: number): Member {
  return { address: addressOf(index), kind: "token", path: `users/u/fcm_tokens/${index}` };
}

function makeChunk(
  id: string,
  indexes: number[],
  outcomes: Chunk["progress"]["outcomes"],
  repeats: number,
): Chunk {
  const progress = { open: [], unsure: [], maybe: [], outcomes };
  return {
    id,
    state: "settled",
    inHand: false,
    members: indexes.map(makeMember),
    progress,
    possibleRepeats: repeats,
  };
}

/** A run in which all is well: six devices in two chunks, and an unsure answer in each. */
function makeWorld() {
  const audience: Device[] = NATURES.map((nature, index) => ({
    address: addressOf(index),
    platform: "android",
    nature,
    documents: 1,
  }));
  const first = makeChunk("c1", [0, 1, 2], { 2: rejected("UNREGISTERED") }, 1);
  const refused = { 1: rejected("SENDER_ID_MISMATCH"), 2: rejected("INVALID_ARGUMENT") };
  const second = makeChunk("c2", [3, 4, 5], refused, 1);
  return { audience, first, second, log: ANSWERS.map((answers, index) => makeLine(index, answers)) };
}
type World = ReturnType<typeof makeWorld>;

/** The books that the ledger adds up to, falsified or not. */
function countBooks({ first, second }: World): Books {
  const books = emptyBooks();
  for (const { members, progress, possibleRepeats } of [first, second])
    enter(books, tally(members.length, progress, possibleRepeats));
  return books;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function judge(world: World, books = countBooks(world), passing = new Set<string>()) {
  const { audience, first, second, log } = world;
  return checkBooks({ audience, books, chunks: each([first, second]), log: each(log), passing });
}

test("where all agree the books balance, and retried unsure answers are counted", async () => {
  expect(await judge(makeWorld())).toEqual({ balanced: true, differences: [], retriedUnsure: 2 });
});

test("a member that ended as unknown agrees with whatever FCM saw", async () => {
  const world = makeWorld();
  world.first.progress.outcomes[1] = "unknown";
  expect(await judge(world)).toMatchObject({ balanced: true });
});

test("as many repeats as were counted are all right", async () => {
  const world = makeWorld();
  world.log[1] = makeLine(1, ["200", "200"]);
  expect(await judge(world)).toMatchObject({ balanced: true });
});

test.each([
  ["CONTENT_REFUSED", "400"],
  ["CONTENT_REFUSED", "404"],
  ["CREDENTIAL_REFUSED", "401"],
  ["THIRD_PARTY_AUTH_ERROR", "401"],
] as const)("a member that was refused as %s agrees with a %s of FCM's", async (code, status) => {
  const world = makeWorld();
  world.first.progress.outcomes[2] = rejected(code);
  world.log[2] = makeLine(2, [status]);
  expect(await judge(world)).toMatchObject({ balanced: true });
});

test("a member that was accepted agrees with a refusal only where FCM refused many for a while", async () => {
  const world = makeWorld();
  world.first.progress.outcomes[1] = rejected("UNREGISTERED");
  world.log[1] = { ...makeLine(1, ["503", "404"]), accepted: 1 };
  const books = countBooks(world);
  expect(await judge(world, books, new Set(["UNREGISTERED"]))).toMatchObject({ balanced: true });
  expect(await judge(world, books, new Set(["CONTENT_REFUSED"]))).toMatchObject({
    differences: ["c1[1] is rejected(UNREGISTERED), and FCM saw 503 404"],
  });
});

const TAMPERINGS: [what: string, tamper: (world: World) => void, differences: string[]][] = [
  [
    "a member is missing",
    ({ second }) => {
      second.members.pop();
      second.progress.outcomes = { 1: rejected("SENDER_ID_MISMATCH") };
    },
    ["1 addresses of the audience are not in the ledger"],
  ],
  [
    "a chunk is missing",
    (world) => {
      world.second = makeChunk("c2", [], {}, 0);
    },
    ["3 addresses of the audience are not in the ledger"],
  ],
  [
    "a member is in two chunks",
    ({ second }) => void second.members.push(makeMember(0)),
    ["c2[3] is in the ledger twice"],
  ],
  [
    "a member is in one chunk twice",
    ({ first }) => void first.members.push(makeMember(0)),
    ["c1[3] is in the ledger twice"],
  ],
  [
    "a member is foreign to the audience",
    ({ audience }) => void audience.splice(3, 1),
    ["c2[0] is not in the audience", "1 addresses were sent to that are not in the audience"],
  ],
  [
    "an address was sent to that is not in the ledger",
    ({ log }) => void log.push(makeLine(9, ["200"])),
    ["1 addresses were sent to that are not in the audience"],
  ],
  [
    "an address was sent to under another tag as well",
    ({ log }) => void log.push({ ...makeLine(0, ["200"]), broadcast: "other" }),
    ["an address was sent to under two tags"],
  ],
  [
    "accepted, and FCM saw nothing",
    ({ log }) => void log.splice(0, 1),
    ["c1[0] is accepted, and FCM saw nothing"],
  ],
  [
    "accepted, and FCM rejected it",
    ({ first }) => void delete first.progress.outcomes[2],
    ["c1[2] is accepted, and FCM saw 404"],
  ],
  [
    "rejected, and FCM accepted it",
    ({ first }) => Object.assign(first.progress.outcomes, { 0: rejected("UNREGISTERED") }),
    ["c1[0] is rejected(UNREGISTERED), and FCM saw 200"],
  ],
  [
    "rejected with another code",
    ({ first }) => Object.assign(first.progress.outcomes, { 2: rejected("SENDER_ID_MISMATCH") }),
    ["c1[2] is rejected(SENDER_ID_MISMATCH), and FCM saw 404"],
  ],
  [
    "rejected as never delivered, and FCM answered",
    ({ first }) => Object.assign(first.progress.outcomes, { 2: rejected("UNDELIVERED") }),
    ["c1[2] is rejected(UNDELIVERED), and FCM saw 404"],
  ],
  [
    "expired, and FCM accepted it",
    ({ first }) => Object.assign(first.progress.outcomes, { 1: "expired" }),
    ["c1[1] is expired, and FCM saw 503 200"],
  ],
  [
    "cancelled, and FCM rejected it",
    ({ second }) => Object.assign(second.progress.outcomes, { 2: "cancelled" }),
    ["c2[2] is cancelled, and FCM saw 429 400"],
  ],
  [
    "a member is still open",
    ({ first }) => void first.progress.open.push(0),
    ["c1[0] is open, and FCM saw 200"],
  ],
  [
    "accepted twice, beyond the count",
    ({ first, log }) => {
      log[0] = makeLine(0, ["gone", "200", "200"]);
      first.possibleRepeats = 0;
    },
    ["c1 was repeated 1 times, and counted 0"],
  ],
  [
    "repeats counted for one chunk and made in another",
    ({ first, second, log }) => {
      log[0] = makeLine(0, ["200", "200", "200"]);
      [first.possibleRepeats, second.possibleRepeats] = [0, 2];
    },
    ["c1 was repeated 2 times, and counted 0"],
  ],
];

test.each(TAMPERINGS)("it is found out when %s", async (_, tamper, differences) => {
  const world = makeWorld();
  tamper(world);
  expect(await judge(world)).toMatchObject({ balanced: false, differences });
});

test.each(["resolved", "accepted", "expired", "cancelled", "unknown", "open", "possibleRepeats"] as const)(
  "it is found out when the books are off by one: %s",
  async (key) => {
    for (const by of [1, -1]) {
      const books = countBooks(makeWorld());
      books[key] += by;
      const { balanced, differences } = await judge(makeWorld(), books);
      expect(balanced).toBe(false);
      expect(differences).toHaveLength(1);
    }
  },
);

test.each([{ UNREGISTERED: 2 }, { UNREGISTERED: 0 }, { INTERNAL: 1 }])(
  "it is found out when the books are off by a rejection: %j",
  async (rejected) => {
    const books = countBooks(makeWorld());
    Object.assign(books.rejected, rejected);
    expect(await judge(makeWorld(), books)).toMatchObject({ balanced: false });
  },
);

test("differences hold no address, and only the first are shown", async () => {
  const world = makeWorld();
  world.log = [];
  world.second = makeChunk("c2", [3, 4, 5, 0, 1, 2, 3, 4, 5], {}, 0);
  const { differences } = await judge(world);
  expect(differences).toHaveLength(10);
  expect(differences.join()).not.toContain("address-");
});
