import fc from "fast-check";
import { expect, test } from "vitest";
import { codeOf, DEAD_CODES, type Outcome, rejected } from "./outcome.ts";

test("a rejection carries its code, whatever the code is", () => {
  expect(rejected("UNREGISTERED")).toBe("rejected(UNREGISTERED)");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (code) => codeOf(rejected(code)) === code));
});

test.each<Outcome>(["accepted", "expired", "cancelled", "unknown"])("%s has no code", (outcome) => {
  expect(codeOf(outcome)).toBeUndefined();
});

test("an address of another project is not dead, nor one whose platform's key is wrong", () => {
  expect([...DEAD_CODES].sort()).toEqual(["INVALID_ARGUMENT", "UNREGISTERED"]);
});
