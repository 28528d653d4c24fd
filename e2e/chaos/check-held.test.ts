import { expect, test } from "vitest";
import { checkHeld } from "./check-held.ts";
import type { Held } from "./hold.ts";
import { membersOf } from "./seen.ts";
import { addressOf, makeSeen } from "./testing/seen.ts";

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
