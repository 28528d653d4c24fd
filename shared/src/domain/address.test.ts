import fc from "fast-check";
import { expect, test } from "vitest";
import { endOfRun, isAddressable } from "./address.ts";
import { isBefore } from "./bounds.ts";

const LAST = "\u{10FFFF}";

test.each<[name: string, address: string, end: string]>([
  ["an address of FCM's", "cX1:APA91b", "cX1:APA91b"],
  ["1,500 bytes", "a".repeat(1_500), "a".repeat(1_500)],
  ["1,501 bytes", "a".repeat(1_501), "a".repeat(1_500) + LAST],
  ["500 characters of three bytes", "値".repeat(500), "値".repeat(500)],
  ["more of them", "値".repeat(501), "値".repeat(500) + LAST],
  ["a character that would be cut", `${"a".repeat(1_499)}é`, "a".repeat(1_499) + LAST],
  ["one of four bytes that would be cut", `${"a".repeat(1_497)}\u{1F600}`, "a".repeat(1_497) + LAST],
])("the run of %s ends where the index does", (_, address, end) => {
  expect(endOfRun(address)).toBe(end);
});

test("a run ends at or behind its addresses and before whatever comes after them", () => {
  const start = fc.constantFrom("a".repeat(1_497), "値".repeat(499), "");
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
  ["", false],
  ["a", true],
  ["a".repeat(4_096), true],
  ["a".repeat(4_097), false],
  ["値".repeat(1_365), true],
  ["値".repeat(1_366), false],
])("%# may be an address or not", (text, may) => expect(isAddressable(text)).toBe(may));
