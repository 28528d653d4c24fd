import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  demandOf,
  fairShares,
  isHungry,
  LEAST_SHARE,
  mostSaved,
  quarterHourMs,
  rampFactor,
  STEADY,
  type Usage,
} from "./shares.ts";

const divide = (limit: number, ...demands: number[]) => {
  const shares = fairShares(limit, new Map(demands.map((demand, index) => [String(index), demand])));
  return demands.map((_, index) => shares.get(String(index)) ?? 0);
};
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe("fair shares", () => {
  test.each<[string, number, number[], number[]]>([
    ["one who wants all has all", 600, [600], [600]],
    ["those who want all get as much as each other", 600, [600, 600, 600], [200, 200, 200]],
    ["little demands are met, the rest is divided", 600, [100, 600, 600], [100, 250, 250]],
    ["who wants nothing gets nothing", 600, [0, 600], [0, 600]],
    ["half of what is left over is divided", 600, [100, 100], [200, 200]],
    ["nobody gets less than the least", 600, [1, 600], [50, 550]],
    ["too many for that, and the last go without", 120, [120, 120, 120], [60, 60, 0]],
    ["a limit below the least is one sender's", 7, [7, 7], [7, 0]],
    ["nobody at all", 600, [], []],
  ])("%s", (_, limit, demands, shares) => {
    expect(divide(limit, ...demands)).toEqual(shares);
  });

  const limits = fc.integer({ min: 1, max: 600_000 });
  const someDemands = fc.array(fc.oneof(fc.constant(0), fc.nat(100_000), fc.constant(600_000)), {
    maxLength: 60,
  });

  test("never come to more than the limit, and to all of it where it is wanted", () => {
    const property = fc.property(limits, someDemands, (limit, demands) => {
      const total = sum(divide(limit, ...demands));
      expect(total).toBeLessThanOrEqual(limit * (1 + 1e-12));
      if (demands.some((demand) => demand >= limit)) expect(total).toBeCloseTo(limit, 6);
    });
    fc.assert(property);
  });

  test("differ only where the smaller is all that was asked for", () => {
    const property = fc.property(limits, someDemands, (limit, demands) => {
      const shares = divide(limit, ...demands);
      const most = Math.max(0, ...shares);
      for (const [index, share] of shares.entries()) {
        if (share === 0 || share >= most * (1 - 1e-9)) continue;
        expect(share).toBeGreaterThanOrEqual(Math.max(LEAST_SHARE, demands[index] ?? 0) * (1 - 1e-9));
      }
    });
    fc.assert(property);
  });

  test("leave no room to pass the limit in any minute by what all had saved up", () => {
    const property = fc.property(limits, someDemands, (limit, demands) => {
      const shares = divide(limit, ...demands);
      const most = limit * STEADY + sum(shares.map(mostSaved));
      // Attempts are whole: below the next one, the limit holds.
      expect(most).toBeLessThan(limit + 1);
    });
    fc.assert(property);
  });
});

describe("demands", () => {
  const usage = (fields: Partial<Usage>): Usage => ({
    used: 0,
    allowed: 0,
    elapsedMs: 2_500,
    short: false,
    idle: false,
    ...fields,
  });

  test.each<[string, Partial<Usage>, number]>([
    ["nothing, where nobody asked", { idle: true }, 0],
    ["everything, where there was no share", { short: true }, 600_000],
    ["a little more than was used", { used: 100, allowed: 500 }, 2_640],
    ["more, where the share was too small", { used: 100, allowed: 100, short: true }, 3_120],
    ["no more for bursts", { used: 100, allowed: 500, short: true }, 2_640],
    ["the least for single attempts", { used: 1, allowed: 500 }, LEAST_SHARE],
    ["no more than there is", { used: 50_000, allowed: 50_000, short: true }, 600_000],
  ])("%s", (_, fields, demand) => {
    expect(demandOf(usage(fields), 600_000)).toBeCloseTo(demand, 6);
  });

  test("are hungry only where the share is what holds back", () => {
    expect(isHungry(usage({ used: 100, allowed: 100, short: true }))).toBe(true);
    expect(isHungry(usage({ used: 90, allowed: 100, short: true }))).toBe(false);
    expect(isHungry(usage({ used: 100, allowed: 100 }))).toBe(false);
  });
});

test.each([
  [600_000, 0, 0.01],
  [600_000, 30_000, 0.5],
  [600_000, 60_000, 1],
  [600_000, 90_000, 1],
  [6_000, 0, 0.1],
  [600, 0, 1],
])("a ramp to %i a minute is at the age of %i ms at %f", (limit, ageMs, factor) => {
  expect(rampFactor(limit, ageMs)).toBe(factor);
});

test.each([
  ["12:00:00", 60],
  ["12:00:59", 1],
  ["12:01:00", 0],
  ["12:13:59", 0],
  ["12:14:00", 120],
  ["12:15:30", 30],
  ["12:29:59", 61],
  ["12:40:00", 0],
  ["23:59:59", 61],
])("at %s what is not urgent keeps away for %i s", (time, seconds) => {
  expect(quarterHourMs(Date.parse(`2027-03-01T${time}Z`))).toBe(seconds * 1000);
});
