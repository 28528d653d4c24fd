import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameFault, textFault, textProblems } from "./text.ts";

describe("half of a surrogate pair", () => {
  test.each([
    ["at the end", "Hello\ud83d", 6],
    ["at the start", "\udc4bHello", 1],
    ["after a whole pair, which is one character", "👋\ud83d👋", 2],
    ["the wrong way round", "a\udc4b\ud83d", 2],
  ])("is refused, and told by its place: %s", (_, text, place) => {
    const message = `is not valid Unicode: half of a surrogate pair at character ${place}`;
    expect(textFault(text)).toBe(message);
    expect(nameFault(text)).toBe(message);
  });

  test("is found in every text and every key, however deep", () => {
    const value = { a: ["x", { b: "\ud83d" }], "k\ud83d": 1, c: "👋" };
    const half = (place: number) => `is not valid Unicode: half of a surrogate pair at character ${place}`;
    expect(textProblems(value, "content")).toEqual([
      { field: "content.a.1.b", message: half(1) },
      { field: "content.k\ufffd", message: `is a key that ${half(2)}` },
    ]);
  });

  test("in thousands of texts names twenty, and counts the rest", () => {
    const problems = textProblems(Array.from({ length: 1_000 }, () => "\ud83d"));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)?.message).toContain("980 more");
  });

  test("is never missed, and nothing else is refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }), (text) => {
        const comesBack = Buffer.from(text).toString() === text;
        expect(textFault(text) === undefined).toBe(comesBack);
        expect(textProblems({ text }).length === 0).toBe(comesBack);
      }),
    );
  });
});

test.each(["\0", "\n", "\t", "\r", "\x1b", "\x7f", "\x9b"])(
  "a control character is refused in a name only: %j",
  (control) => {
    expect(textFault(`a${control}b`)).toBeUndefined();
    expect(nameFault(`a${control}b`)).toMatch(
      /^holds a control character \(U\+00[0-9A-F]{2}\) at character 2$/,
    );
  },
);

test("__proto__ is refused as a key, and ordinary names of objects' own parts are not", () => {
  const value = JSON.parse('{"data":{"__proto__":"x","constructor":"y","prototype":"z","toString":"t"}}');
  expect(textProblems(value)).toEqual([{ field: "data.__proto__", message: "is a key that cannot be used" }]);
});
