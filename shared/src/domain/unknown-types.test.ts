import { expect, test } from "vitest";
import { NAMED_TYPES, summarizeUnknown } from "./unknown-types.ts";

test("the most frequent types come first, and those of which there are no registrations are left out", () => {
  expect(
    summarizeUnknown([
      ["1", 2],
      ["FCM", 5],
      ["", 0],
      ["b", 2],
    ]),
  ).toEqual({
    registrations: 9,
    types: [
      { type: "FCM", registrations: 5 },
      { type: "1", registrations: 2 },
      { type: "b", registrations: 2 },
    ],
    others: 0,
  });
});

test("what has no place among the names is summed, with what is known beside them", () => {
  const counts = Array.from(
    { length: NAMED_TYPES + 3 },
    (_, index) => [`model ${index}`, 100 - index] as const,
  );
  const { registrations, types, others } = summarizeUnknown(counts, 7);
  expect(types.map(({ type }) => type)).toEqual(counts.slice(0, NAMED_TYPES).map(([type]) => type));
  expect(others).toBe(80 + 79 + 78 + 7);
  expect(registrations).toBe(types.reduce((sum, one) => sum + one.registrations, others));
});

test("without any there is nothing to tell", () => {
  expect(summarizeUnknown([])).toEqual({ registrations: 0, types: [], others: 0 });
});
