import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { between, isBefore } from "./bounds.ts";

describe("the order of texts", () => {
  test("is that of their UTF-8 bytes, beyond the first 65,536 characters too", () => {
    const ordered = [
      "",
      "\u0000",
      "A",
      "A\u0000",
      "AA",
      "B",
      "a",
      "é",
      "\uD7FF",
      "\uE000",
      "\uFF5E",
      "\u{1F600}",
    ];
    for (const [index, text] of ordered.entries()) {
      expect(ordered.map((other) => isBefore(text, other))).toEqual(ordered.map((_, other) => index < other));
    }
  });
});

describe("a text between two", () => {
  const pairs = (unit: "binary" | "binary-ascii") => {
    const text = fc.string({ unit, maxLength: 9 });
    const close = fc.tuple(text, text, text).map(([start, a, b]): [string, string] => [start + a, start + b]);
    return fc
      .oneof(fc.tuple(text, text), close)
      .filter(([a, b]) => a !== b)
      .map(([a, b]): [low: string, high: string] => (isBefore(a, b) ? [a, b] : [b, a]));
  };

  test.each<[low: string, high: string, start: string]>([
    ["a", "c", "b"],
    ["", "\u{10FFFF}", "?"],
    ["users:10", "users:30", "users:2"],
    ["abcdefa", "abcdefz", "abcdefm"],
    ["a", "b", "a@"],
    ["é1", "é9", "é5"],
  ])("%j and %j begins with %j", (low, high, start) => {
    const middle = between(low, high);
    expect(middle.startsWith(start)).toBe(true);
    expect(middle).not.toBe(high);
  });

  test("is after the lower one and at most the upper, in the order of bytes", () => {
    const property = fc.property(pairs("binary"), ([low, high]) => {
      const middle = between(low, high);
      expect(isBefore(low, middle)).toBe(true);
      expect(isBefore(high, middle)).toBe(false);
      expect(middle.isWellFormed()).toBe(true);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("is the upper one where nothing fits", () => {
    expect(between("a", "a\u0000")).toBe("a\u0000");
    expect(between("\u{1F600}", "\u{1F601}")).toBe("\u{1F601}");
  });

  test("leaves room on both sides where two texts of ASCII differ by more than neighbours do", () => {
    const tail = fc.string({ unit: "grapheme-ascii", maxLength: 8 });
    const letters = fc
      .tuple(fc.integer({ min: 32, max: 126 }), fc.integer({ min: 32, max: 126 }))
      .filter(([low, high]) => high - low > 1);
    const property = fc.property(tail, letters, tail, tail, (start, [low, high], lowTail, highTail) => {
      const texts = [low, high].map((letter) => start + String.fromCharCode(letter)) as [string, string];
      const middle = between(texts[0] + lowTail, texts[1] + highTail);
      expect(isBefore(texts[0] + lowTail, middle)).toBe(true);
      expect(isBefore(middle, texts[1] + highTail)).toBe(true);
      const distance = middle.charCodeAt(start.length) - (low + high) / 2;
      expect(Math.abs(distance)).toBeLessThanOrEqual(1);
    });
    fc.assert(property);
  });
});
