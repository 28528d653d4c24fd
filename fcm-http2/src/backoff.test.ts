import { expect, test } from "vitest";
import { createBackoff } from "./backoff.ts";

test("waits 50 ms after the first failure, doubling up to 5 s", () => {
  const backoff = createBackoff();
  let now = 0;
  const waits = Array.from({ length: 9 }, () => {
    backoff.fail(now);
    const waitMs = backoff.remainingMs(now);
    now += waitMs;
    return waitMs;
  });
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  expect(backoff.remainingMs(now)).toBe(0);
});

test("counts connections that fail together as one failure", () => {
  const backoff = createBackoff();
  for (const now of [0, 1, 2, 3]) backoff.fail(now);
  expect(backoff.remainingMs(0)).toBe(50);
});

test("starts from 50 ms again after an answer, but does not cut a wait short", () => {
  const backoff = createBackoff();
  backoff.fail(0);
  backoff.fail(50);
  expect(backoff.failing()).toBe(true);
  backoff.reset();
  expect(backoff.failing()).toBe(false);
  expect(backoff.remainingMs(50)).toBe(100);
  backoff.fail(150);
  expect(backoff.remainingMs(150)).toBe(50);
});
