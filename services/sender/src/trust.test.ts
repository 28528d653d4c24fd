import { beforeEach, describe, expect, test } from "vitest";
import { createTrust, type Trust } from "./trust.ts";

let now = 0;
let trust: Trust;
beforeEach(() => {
  now = 1_000;
  trust = createTrust(() => now);
});

const times = (count: number, act: () => unknown) => Array.from({ length: count }, act);

describe("an access token", () => {
  test("is good beyond doubt for a minute after each acceptance, of whichever broadcast", () => {
    expect(trust.isProven()).toBe(false);
    trust.accept();
    now += 59_999;
    expect(trust.isProven()).toBe(true);
    now += 1;
    expect(trust.isProven()).toBe(false);
  });

  test("that was renewed is judged by its own answers, and a member that both refuse by those of both", () => {
    trust.accept();
    times(5, () => trust.suspect());
    trust.renewed();
    expect(trust.isProven()).toBe(true);
    expect(times(8, () => trust.suspect())).toEqual([...Array(7).fill(false), true]);
    expect(trust.renewals).toBe(1);
  });

  test("that is at fault stays so: the next refusal, of another broadcast, is enough", () => {
    times(8, () => trust.suspect());
    expect(trust.suspect()).toBe(true);
  });
});

test("an access token that FCM takes when it is asked is good, and a wave has to speak against it", () => {
  times(40, () => trust.suspect());
  trust.prove();
  expect(trust.isProven()).toBe(true);
  expect(times(32, () => trust.suspect()).indexOf(true)).toBe(31);
});

describe("a renewal", () => {
  test("may help the first time, and not again while the token is new", () => {
    expect(trust.mayRenew()).toBe(true);
    trust.renewed();
    expect([trust.mayRenew(), trust.isOld()]).toEqual([false, false]);
    now += 299_999;
    expect([trust.mayRenew(), trust.isOld()]).toEqual([false, false]);
    now += 1;
    expect([trust.mayRenew(), trust.isOld()]).toEqual([true, true]);
  });

  test("may help again once thousands were accepted: the fault is another", () => {
    trust.renewed();
    times(999, trust.accept);
    expect(trust.mayRenew()).toBe(false);
    trust.accept();
    expect([trust.mayRenew(), trust.isOld()]).toEqual([true, false]);
  });

  test("that brought no token is not tried over and over", () => {
    times(1_000, trust.accept);
    trust.notRenewed();
    expect(trust.mayRenew()).toBe(false);
    expect(trust.renewals).toBe(0);
  });
});
