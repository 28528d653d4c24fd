import fc from "fast-check";
import { expect, test } from "vitest";
import { FCM_RETRY, LONGEST_ASKED_MS, retryDelayMs } from "./backoff.ts";

const random = fc.double({ min: 0, max: 1, noNaN: true });

test("FCM's rule waits at least 10 s and ends after 60 minutes", () => {
  expect(FCM_RETRY).toMatchObject({ baseMs: 10_000, giveUpMs: 3_600_000 });
});

test("waits double up to the longest", () => {
  const waits = [1, 2, 3, 6, 7, 8, 1_000].map((attempt) => retryDelayMs(attempt, FCM_RETRY, 0));
  expect(waits).toEqual([10_000, 20_000, 40_000, 320_000, 600_000, 600_000, 600_000]);
});

test("chance adds up to half", () => {
  expect(retryDelayMs(1, FCM_RETRY, 0.5)).toBe(12_500);
  expect(retryDelayMs(1, FCM_RETRY, 1)).toBe(15_000);
  expect(retryDelayMs(1, FCM_RETRY, 1, 40_000)).toBe(60_000);
});

test("no wait is under the base or under what FCM asked for within reason, and none is over half as much again", () => {
  const attempts = fc.integer({ min: -5, max: 100_000 });
  const asked = fc.integer({ min: 0, max: LONGEST_ASKED_MS });
  const property = fc.property(attempts, random, asked, (attempt, chance, askedMs) => {
    const waitMs = retryDelayMs(attempt, FCM_RETRY, chance, askedMs);
    expect(Number.isInteger(waitMs)).toBe(true);
    const believedMs = Math.min(askedMs, LONGEST_ASKED_MS);
    expect(waitMs).toBeGreaterThanOrEqual(Math.max(FCM_RETRY.baseMs, believedMs));
    expect(waitMs).toBeLessThanOrEqual(Math.ceil(Math.max(FCM_RETRY.maxMs, believedMs) * 1.5));
  });
  fc.assert(property);
});

test.each([LONGEST_ASKED_MS + 1, 86_400_000, Number.POSITIVE_INFINITY])(
  "a wait of %i ms that a header asks for is cut to five minutes",
  (askedMs) => {
    expect(LONGEST_ASKED_MS).toBe(300_000);
    expect(retryDelayMs(1, FCM_RETRY, 0, askedMs)).toBe(300_000);
    expect(retryDelayMs(1, FCM_RETRY, 1, askedMs)).toBe(450_000);
  },
);

test("with the same chance no wait is shorter than the one before", () => {
  const property = fc.property(fc.integer({ min: 0, max: 2_000 }), random, (attempt, chance) => {
    const waitMs = retryDelayMs(attempt, FCM_RETRY, chance);
    expect(retryDelayMs(attempt + 1, FCM_RETRY, chance)).toBeGreaterThanOrEqual(waitMs);
  });
  fc.assert(property);
});
