import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contains, leavesRest, overlap, type RangeState, type Span } from "./range.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "\uFF5E", "\u{1F600}"), maxLength: 2 });
const span: fc.Arbitrary<Span> = fc.record({ after: text, upTo: fc.option(text) });

describe("two spans", () => {
  test("overlap in what is in both", () => {
    fc.assert(
      fc.property(span, span, text, (a, b, address) => {
        const both = overlap(a, b);
        expect(both !== null && contains(both, address)).toBe(contains(a, address) && contains(b, address));
      }),
    );
  });

  test("that only touch have nothing in common", () => {
    expect(overlap({ after: "", upTo: "m" }, { after: "m", upTo: null })).toBeNull();
  });
});

test.each<[RangeState, children: number, boolean]>([
  ["open", 0, true],
  ["stopped", 0, true],
  ["dead", 0, true],
  ["closed", 0, false],
  ["cut", 3, false],
  ["closed", 3, false],
  // Its children could not be published, and go on by the tick.
  ["dead", 3, false],
])("a range that is %s with %i children leaves a rest: %s", (state, children, leaves) => {
  expect(leavesRest({ state, children })).toBe(leaves);
});
