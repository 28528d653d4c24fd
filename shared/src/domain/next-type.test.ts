import fc from "fast-check";
import { expect, test } from "vitest";
import { isBefore } from "./bounds.ts";
import { FIRST_TYPE, nextType } from "./next-type.ts";
import { PLATFORM_NAMES, platformOf } from "./registration.ts";

test.each([
  ["", "\0"],
  ["FCM", "I"],
  ["Windows Phone", "W\u00a0"],
  ["iOS", "iOS\0"],
  ["iOS app", "iOS p"],
  ["SM-G991B", "T"],
  ["zebra", "\u00a0"],
  ["\ufeff\u{1F600}", null],
  ["\u{1F600}", null],
])("what may come after %j and count as a platform begins at %j", (text, next) => {
  expect(nextType(text)).toBe(next);
});

const spelled = fc
  .tuple(
    fc.constantFrom(...PLATFORM_NAMES),
    fc.array(fc.constantFrom("", "", " ", "\t", "\u00a0", "\ufeff"), { minLength: 20, maxLength: 20 }),
    fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
    fc.constantFrom("", "14", " 17.2", "1..0 ", "."),
  )
  .map(([name, spaces, upper, version]) => {
    const letters = [...name].map((one, index) => spaces[index] + (upper[index] ? one.toUpperCase() : one));
    return letters.join("") + version;
  });
const near = fc
  .tuple(spelled, fc.nat(25), fc.string({ unit: "binary", maxLength: 3 }))
  .map(([text, length, rest]) => text.slice(0, length) + rest);
const any = fc.oneof(spelled, near, fc.string({ unit: "binary", maxLength: 5 }));

test("no text that counts as a platform is passed over", () => {
  const property = fc.property(any, spelled, (text, type) => {
    const next = nextType(text);
    expect(next === null || isBefore(text, next)).toBe(true);
    if (platformOf(type) === undefined) return;
    expect(isBefore(type, FIRST_TYPE)).toBe(false);
    if (isBefore(text, type)) expect(next !== null && !isBefore(type, next)).toBe(true);
  });
  fc.assert(property, { numRuns: 2_000 });
});

test("no other character stands for a letter of a platform's", () => {
  const found = [];
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCharCode(code);
    const spellings = [`${character}OS`, `i${character}S`, `iOS${character}`, `${character}pple`];
    if (spellings.some((text) => platformOf(text) !== undefined) && !/[\s\d]/.test(character))
      found.push(character);
  }
  expect(found).toEqual(["I", "O", "i", "o"]);
});
