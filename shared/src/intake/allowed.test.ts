import { expect, test } from "vitest";
import { type Admission, judge, REFUSED_KEPT } from "./allowed.ts";

test("of the refused the latest are kept, of the admitted all", () => {
  let asked: Admission[] = [];
  const allowance = { most: 2, withinMs: 10_000 };
  for (let at = 0; at < REFUSED_KEPT + 5; at++) asked = judge(asked, `k${at}`, allowance, at).asked;
  expect(asked.filter(({ admitted }) => admitted).map(({ key }) => key)).toEqual(["k0", "k1"]);
  expect(asked).toHaveLength(2 + REFUSED_KEPT);
  expect(asked.at(-1)?.key).toBe(`k${REFUSED_KEPT + 4}`);
  expect(judge(asked, "late", allowance, 10_001)).toMatchObject({ admitted: true, known: false });
});
