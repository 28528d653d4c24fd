import type { Chunk } from "@fanfare/shared/domain/chunk";
import { type Rejection, rejected } from "@fanfare/shared/domain/outcome";
import { expect, test } from "vitest";
import { checkBroadcast, type Expected } from "./check-broadcast.ts";
import type { Seen } from "./seen.ts";
import { addressOf, count, makeLine, makeSeen, NATURES } from "./testing/seen.ts";

function makeExpected(): Expected {
  const natures = new Map(NATURES.map((nature, index) => [addressOf(index), nature]));
  return { audience: new Set(natures.keys()), natures, withoutAddress: 2, latecomers: 0, excuses: [] };
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
    ({ log }) => void log.push(makeLine(99, ["200"])),
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
      chunkOf(seen).progress.outcomes[2] = rejected("SENDER_ID_MISMATCH");
      seen.log[2] = makeLine(2, ["403"]);
    },
    /1 addresses are dead and ended as rejected\(SENDER_ID_MISMATCH\)/,
  ],
  [
    "a device at its own limit was given up",
    (seen) => {
      chunkOf(seen).progress.outcomes[10] = rejected("CONTENT_REFUSED");
      seen.log[10] = makeLine(10, ["429", "400"]);
    },
    /1 addresses are limited and ended as rejected\(CONTENT_REFUSED\)/,
  ],
  [
    "a device of another app counts as dead",
    (seen) => {
      chunkOf(seen).progress.outcomes[5] = rejected("INVALID_ARGUMENT");
    },
    /1 addresses are notForTopic and ended as rejected\(INVALID_ARGUMENT\)/,
  ],
  [
    "a refusal is not what FCM said",
    (seen) => {
      seen.log[8] = makeLine(8, ["400"]);
    },
    /is rejected\(CREDENTIAL_REFUSED\), and FCM saw 400/,
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

/** All that FCM said for a while: of all, of one platform, and of those who live. */
const EXCUSES = [
  { code: "CONTENT_REFUSED", of: "", living: false },
  { code: "THIRD_PARTY_AUTH_ERROR", of: "address-0", living: true },
  { code: "UNREGISTERED", of: "", living: true },
];

test.each([
  [0, "CONTENT_REFUSED", "400", []],
  [2, "CONTENT_REFUSED", "400", []],
  [0, "THIRD_PARTY_AUTH_ERROR", "401", []],
  [
    1,
    "THIRD_PARTY_AUTH_ERROR",
    "401",
    ["1 addresses are fine and ended as rejected(THIRD_PARTY_AUTH_ERROR)"],
  ],
  [1, "UNREGISTERED", "404", []],
  [3, "UNREGISTERED", "404", ["1 addresses are foreign and ended as rejected(UNREGISTERED)"]],
  [0, "CREDENTIAL_REFUSED", "401", ["1 addresses are fine and ended as rejected(CREDENTIAL_REFUSED)"]],
] as const)(
  "member %i as %s is what a while of %s may have made of it, or not",
  async (index, code, status, findings) => {
    const seen = makeSeen();
    chunkOf(seen).progress.outcomes[index] = rejected(code);
    seen.log[index] = makeLine(index, [status]);
    expect(await checkBroadcast(count(seen), { ...makeExpected(), excuses: EXCUSES })).toEqual(findings);
  },
);

/** Member 0 got its message, though no answer came back, and another answer at the repeat. */
function makeRepeated(outcome: "unknown" | Rejection, status: string): Seen {
  const seen = makeSeen();
  chunkOf(seen).progress.outcomes[0] = outcome;
  seen.log[0] = { ...makeLine(0, ["dropped", status]), accepted: 1 };
  return count(seen);
}

test("a member that was accepted may be called dead at a repeat, while FCM called many dead", async () => {
  const seen = makeRepeated(rejected("UNREGISTERED"), "404");
  expect(await checkBroadcast(seen, { ...makeExpected(), excuses: EXCUSES })).toEqual([]);
  const findings = await checkBroadcast(seen, makeExpected());
  expect(findings.join("\n")).toMatch(/is rejected\(UNREGISTERED\), and FCM saw dropped 404/);
});

test("a member that was accepted, and refused at a repeat while FCM refused everybody, is unknown", async () => {
  const expected = { ...makeExpected(), excuses: EXCUSES };
  const seen = makeRepeated("unknown", "400");
  expect(await checkBroadcast(seen, expected)).toEqual([]);
  expect(await checkBroadcast(seen, makeExpected())).toEqual(["1 addresses are fine and ended as unknown"]);
  const refused = makeRepeated(rejected("CONTENT_REFUSED"), "400");
  expect((await checkBroadcast(refused, expected)).join("\n")).toMatch(/FCM saw dropped 400/);
});

test("a member that is refused as everybody would be may be unknown, where a repeat was counted", async () => {
  const seen = makeSeen();
  chunkOf(seen).progress.outcomes[8] = "unknown";
  expect(await checkBroadcast(count(seen), makeExpected())).toEqual([]);
  seen.log[1] = makeLine(1, ["200"]);
  Object.assign(chunkOf(seen), { possibleRepeats: 0 });
  expect(await checkBroadcast(count(seen), makeExpected())).toEqual([
    "1 addresses are bareUnauthenticated and ended as unknown",
  ]);
});

test("a device of another app was one before, whatever became of an earlier attempt", async () => {
  const seen = makeSeen();
  chunkOf(seen).progress.outcomes[5] = "unknown";
  expect(await checkBroadcast(count(seen), makeExpected())).toEqual([
    "1 addresses are notForTopic and ended as unknown",
  ]);
});

test.each([
  ["late", 1, /1 documents count as late, and 0 were/],
  ["unresolvedAbout", 7, /about 7 registrations were not read/],
  ["accepted", 4, /the books say accepted 4, the chunks 3/],
] as const)("it is found out when the books say that %s is %i", async (key, value, finding) => {
  const seen = makeSeen();
  seen.books[key] = value;
  expect((await checkBroadcast(seen, makeExpected())).join("\n")).toMatch(finding);
});
