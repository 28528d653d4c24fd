import { expect, test } from "vitest";
import { createRateLimit } from "./rate-limit.ts";

test("a window begins with the first call of a key, and ends after its time", () => {
  let now = 0;
  const isWithin = createRateLimit({ limit: 2, windowMs: 1_000, maxKeys: 10, now: () => now });
  const at = (time: number, key: string) => {
    now = time;
    return isWithin(key);
  };
  expect([at(500, "a"), at(600, "a"), at(700, "a"), at(800, "b")]).toEqual([true, true, false, true]);
  expect([at(1_499, "a"), at(1_500, "a"), at(1_501, "a"), at(1_502, "a")]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("what is kept is bounded: the oldest window is forgotten first", () => {
  let now = 0;
  const isWithin = createRateLimit({ limit: 1, windowMs: 1_000, maxKeys: 3, now: () => now++ });
  for (const key of ["a", "b", "c"]) expect(isWithin(key)).toBe(true);
  expect(isWithin("d")).toBe(true);
  expect(["b", "c", "d"].map(isWithin)).toEqual([false, false, false]);
  expect(isWithin("a")).toBe(true);
});
