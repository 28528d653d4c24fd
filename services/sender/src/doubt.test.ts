import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDoubt } from "./doubt.ts";

/** The number of the answer that is one refusal too many, from 1; 0 for none. */
function outweighsAt(first: number, answers: Iterable<boolean>): number {
  const doubt = createDoubt(first);
  let number = 0;
  for (const accepted of answers) {
    number += 1;
    if (accepted) doubt.accept();
    else if (doubt.suspect()) return number;
  }
  return 0;
}

const refused = (count: number): boolean[] => Array(count).fill(false);
const accepted = (count: number): boolean[] => Array(count).fill(true);

describe("refusals outweigh acceptances", () => {
  test("at the eighth where the first answers are all refusals", () => {
    expect(outweighsAt(8, refused(7))).toBe(0);
    expect(outweighsAt(8, refused(100))).toBe(8);
  });

  test.each([1, 8, 100_000])("at the 32nd in a row after %i acceptances: no totals are kept", (before) => {
    expect(outweighsAt(8, [...accepted(before), ...refused(100)])).toBe(before + 32);
  });

  test("not where one acceptance came before the eighth", () => {
    expect(outweighsAt(8, [...refused(7), true, ...refused(24)])).toBe(0);
    expect(outweighsAt(8, [...refused(7), true, ...refused(26)])).toBe(34);
  });

  test("never among the first where that alone proves nothing, and at the 32nd all the same", () => {
    expect(outweighsAt(Number.POSITIVE_INFINITY, refused(31))).toBe(0);
    expect(outweighsAt(Number.POSITIVE_INFINITY, refused(100))).toBe(32);
  });

  test("not in an audience of which a third is refused, evenly or in clusters", () => {
    const evenly = Array.from({ length: 30_000 }, (_, index) => index % 3 !== 0);
    const clusters = Array.from({ length: 6_000 }, (_, index) => index % 100 >= 30);
    expect(outweighsAt(8, [true, ...evenly])).toBe(0);
    expect(outweighsAt(8, [true, ...clusters])).toBe(0);
  });

  test("soon where three in four are refused", () => {
    const most = Array.from({ length: 1_000 }, (_, index) => index % 4 === 0);
    expect(outweighsAt(8, most)).toBeGreaterThan(31);
    expect(outweighsAt(8, most)).toBeLessThan(70);
  });

  test("exactly when 32 more were refused than accepted since the two were last level", () => {
    const property = fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (answers) => {
      let [level, at] = [0, 0];
      for (const [index, one] of [true, ...answers].entries()) {
        level = one ? Math.max(0, level - 1) : level + 1;
        if (level === 32 && at === 0) at = index + 1;
      }
      expect(outweighsAt(8, [true, ...answers])).toBe(at);
    });
    fc.assert(property);
  });
});
