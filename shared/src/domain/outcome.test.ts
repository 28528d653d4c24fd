import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CONTENT_REFUSED,
  CREDENTIAL_REFUSED,
  codeOf,
  DEAD_CODES,
  isRetryable,
  isSeen,
  type Outcome,
  outcomeText,
  readOutcome,
  rejected,
  UNDELIVERED,
} from "./outcome.ts";

test("a rejection carries its code, whatever the code is", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (code) => codeOf(rejected(code)) === code));
});

test("an outcome's text is that of version 0.1.0, and is read back", () => {
  expect(outcomeText(rejected("UNREGISTERED"))).toBe("rejected(UNREGISTERED)");
  const code = fc.string({ unit: "binary" }).map(rejected);
  const outcome = fc.oneof(code, fc.constantFrom<Outcome>("accepted", "expired", "cancelled", "unknown"));
  fc.assert(fc.property(outcome, (one) => void expect(readOutcome(outcomeText(one))).toEqual(one)));
});

test.each<Outcome>(["accepted", "expired", "cancelled", "unknown"])("%s has no code", (outcome) => {
  expect(codeOf(outcome)).toBeUndefined();
});

test("an address of another project is not dead, nor one whose platform's key is wrong, nor one whose message FCM refuses", () => {
  expect([...DEAD_CODES].sort()).toEqual(["INVALID_ARGUMENT", "UNREGISTERED"]);
});

test.each<[Outcome, seen: boolean, retryable: boolean]>([
  ["accepted", true, false],
  ["unknown", true, false],
  ["expired", false, true],
  ["cancelled", false, false],
  [rejected(UNDELIVERED), false, true],
  [rejected("THIRD_PARTY_AUTH_ERROR"), false, true],
  [rejected("UNREGISTERED"), false, false],
  [rejected("INVALID_ARGUMENT"), false, false],
  [rejected("SENDER_ID_MISMATCH"), false, false],
  [rejected(CONTENT_REFUSED), false, false],
  [rejected(CREDENTIAL_REFUSED), false, false],
])("who is %s is seen: %s, and to be tried again: %s", (outcome, seen, retryable) => {
  expect([isSeen(outcome), isRetryable(outcome)]).toEqual([seen, retryable]);
});
