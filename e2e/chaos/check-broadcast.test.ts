import type { Chunk } from "@fanfare/shared/domain/chunk";
import { expect, test } from "vitest";
import { checkBroadcast, type Expected } from "./check-broadcast.ts";
import type { Seen } from "./seen.ts";
import { addressOf, count, makeLine, makeSeen, NATURES } from "./testing/seen.ts";

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
