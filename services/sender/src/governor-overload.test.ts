import { beforeEach, expect, test } from "vitest";
import { createOverload } from "./governor-overload.ts";

let overload: ReturnType<typeof createOverload>;
beforeEach(() => {
  overload = createOverload();
});

/** What is told after each of these addresses was limited, one after the other at a pace in milliseconds. */
const limit = (addresses: string[], everyMs = 10, from = 5_000) =>
  addresses.map((address, index) => overload.noteLimited(address, 60_000, from + index * everyMs));

const answer = (count: number, now = 5_000) => {
  for (let made = 0; made < count; made++) overload.note(now);
};

test("five addresses and a tenth of all answers are everybody's", () => {
  answer(45);
  const told = limit(["a", "b", "c", "d", "e"]);
  expect(told).toEqual([null, null, null, null, { afterMs: 60_000, limited: 5, answers: 50 }]);
});

test("five addresses and less than a tenth are not", () => {
  answer(46);
  expect(limit(["a", "b", "c", "d", "e"]).at(-1)).toBeNull();
});

test("four addresses are not, however often they are limited and though no other answer came", () => {
  expect(limit(Array.from({ length: 80 }, (_, index) => `${index % 4}`)).some(Boolean)).toBe(false);
});

test("one address that fills a part of the second hides no other", () => {
  expect(limit([...Array<string>(50).fill("busy"), "b", "c", "d", "e"], 1).at(-1)).toMatchObject({
    limited: 54,
  });
});

test("what is older than a second does not count", () => {
  expect(limit(["a", "b", "c", "d", "e"], 250).at(-1)).toBeNull();
  expect(limit(["a", "b", "c", "d", "e"], 220, 10_000).at(-1)).not.toBeNull();
});

test("answers that are older than a second do not outweigh", () => {
  answer(1_000, 5_000);
  expect(limit(["a", "b", "c", "d", "e"], 10, 5_950).at(-1)).toBeNull();
  expect(limit(["a", "b", "c", "d", "e"], 10, 7_000).at(-1)).not.toBeNull();
});

test("the longest wait that was asked for counts", () => {
  limit(["a", "b", "c"]);
  overload.noteLimited("d", 90_000, 5_030);
  expect(overload.noteLimited("e", 10_000, 5_040)).toMatchObject({ afterMs: 90_000 });
});
