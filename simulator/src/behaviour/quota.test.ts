import { expect, test } from "vitest";
import { createQuota } from "./quota.ts";

function createScene(windowMs = 60_000) {
  const clock = { ms: 123_456 };
  const quota = createQuota({ windowMs, now: () => clock.ms });
  const spend = (limit: number) => {
    const fits = quota.hasRoom(limit);
    if (fits) quota.spend();
    return fits;
  };
  return { clock, quota, spend };
}

test("a window begins with the first message, is spent, and refills to full at its end", () => {
  const { clock, quota, spend } = createScene();
  expect([spend(2), spend(2), spend(2)]).toEqual([true, true, false]);
  clock.ms += 59_999;
  expect(spend(2)).toBe(false);
  expect(quota.secondsToRefill()).toBe(1);
  clock.ms += 1;
  expect([spend(2), spend(2), spend(2)]).toEqual([true, true, false]);
  expect(quota.secondsToRefill()).toBe(60);
});

test("windows follow one another without a gap, whenever messages come", () => {
  const { clock, quota, spend } = createScene();
  spend(1);
  clock.ms += 150_000;
  expect(spend(1)).toBe(true);
  expect(quota.secondsToRefill()).toBe(30);
  clock.ms += 30_000;
  expect(spend(1)).toBe(true);
});

test("no limit is no limit, and a limit set later counts what was spent", () => {
  const { quota, spend } = createScene();
  for (let i = 0; i < 100; i++) {
    expect(quota.hasRoom(null)).toBe(true);
    quota.spend();
  }
  expect(spend(100)).toBe(false);
  expect(spend(101)).toBe(true);
});
