import fc from "fast-check";
import { expect, test } from "vitest";
import { endOfRun, isAddressable, isSpaced } from "./address.ts";
import { isBefore } from "./bounds.ts";

const LAST = "\u{10FFFF}";

test.each<[name: string, address: string, end: string]>([
  ["an address of FCM's", "cX1:APA91b", "cX1:APA91b"],
  ["1,400 bytes", "a".repeat(1_400), "a".repeat(1_400)],
  ["1,401 bytes", "a".repeat(1_401), "a".repeat(1_400) + LAST],
  ["466 characters of three bytes", "値".repeat(466), "値".repeat(466)],
  ["more of them", "値".repeat(467), "値".repeat(466) + LAST],
  ["a character that would be cut", `${"a".repeat(1_399)}é`, "a".repeat(1_399) + LAST],
  ["one of four bytes that would be cut", `${"a".repeat(1_397)}\u{1F600}`, "a".repeat(1_397) + LAST],
])("the run of %s ends well within what the index holds", (_, address, end) => {
  expect(endOfRun(address)).toBe(end);
});

test("a run ends at or behind its addresses and before whatever comes after them", () => {
  const start = fc.constantFrom("a".repeat(1_397), "値".repeat(466), "");
  const rest = fc.string({ unit: "binary", maxLength: 8 });
  const property = fc.property(fc.array(fc.tuple(start, rest)), (texts) => {
    const addresses = texts.map(([a, b]) => a + b).filter((text) => !text.includes(LAST));
    addresses.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    for (const [index, address] of addresses.entries()) {
      const [end, next] = [endOfRun(address), addresses[index + 1]];
      expect(isBefore(end, address)).toBe(false);
      if (next !== undefined && endOfRun(next) !== end) expect(isBefore(end, next)).toBe(true);
    }
  });
  fc.assert(property);
});

test.each<[string, boolean]>([
  ["a", true],
  ["a".repeat(1_400), true],
  ["a".repeat(1_401), false],
  ["値".repeat(466), true],
  ["値".repeat(467), false],
])("%# may be an address or not", (text, may) => expect(isAddressable(text)).toBe(may));

test.each<[string, boolean]>([
  ["a", false],
  ["a b", false],
  ["", false],
  [" a", true],
  ["a ", true],
  ["a\n", true],
  ["\ufeffa", true],
  ["a\u00a0", true],
  [" ", true],
])("%j has white space around it or not", (text, has) => expect(isSpaced(text)).toBe(has));

test("a short text with white space around it is a run of its own", () => {
  expect(endOfRun(" a ")).toBe(" a ");
});
