import { expect, test } from "vitest";
import { excusesOf, isExcused, type Spell } from "./spell.ts";

const spell = (what: Spell["what"], of = ""): Spell => ({ what, of, share: 1, afterMs: 1, lastMs: 1 });
const NONE = { troubles: [], spells: [] };

/** Whether a fine iOS device may end with this code in a round with these spells. */
const mayEnd = (code: string, ...spells: Spell[]) =>
  isExcused(excusesOf({ ...NONE, spells }), { address: "a:ios", nature: "fine", code });

test("a round without spells excuses nothing", () => {
  expect(excusesOf(NONE)).toEqual([]);
  expect(mayEnd("CONTENT_REFUSED")).toBe(false);
});

test.each([
  ["payload-fault", "CONTENT_REFUSED"],
  ["key-fault", "THIRD_PARTY_AUTH_ERROR"],
  ["wrong-dead", "UNREGISTERED"],
] as const)("a %s excuses %s, and no other code", (what, code) => {
  expect(mayEnd(code, spell(what))).toBe(true);
  expect(mayEnd("CREDENTIAL_REFUSED", spell(what))).toBe(false);
});

test("a spell of one platform excuses no other", () => {
  expect(mayEnd("CONTENT_REFUSED", spell("payload-fault", ":ios"))).toBe(true);
  expect(mayEnd("CONTENT_REFUSED", spell("payload-fault", ":web"))).toBe(false);
  expect(mayEnd("THIRD_PARTY_AUTH_ERROR", spell("key-fault", ":web"))).toBe(false);
});

test("what comes after FCM looked at the address excuses only those who live", () => {
  const excuses = excusesOf({ ...NONE, spells: [spell("payload-fault"), spell("wrong-dead")] });
  const foreign = { address: "a:ios", nature: "foreign" } as const;
  expect(isExcused(excuses, { ...foreign, code: "CONTENT_REFUSED" })).toBe(true);
  expect(isExcused(excuses, { ...foreign, code: "UNREGISTERED" })).toBe(false);
  expect(isExcused(excuses, { ...foreign, nature: "limited", code: "UNREGISTERED" })).toBe(true);
});

test("a payload fault of the older kind is of everybody", () => {
  const excuses = excusesOf({ ...NONE, troubles: [{ what: "payload-fault", afterMs: 1 }] });
  expect(isExcused(excuses, { address: "a", nature: "dead", code: "CONTENT_REFUSED" })).toBe(true);
  expect(excusesOf({ ...NONE, troubles: [{ what: "abort", afterMs: 1 }] })).toEqual([]);
});
