import type { Verdict } from "@fanfare/shared/domain/answers";
import { describe, expect, test } from "vitest";
import { type Breaker, createBreaker } from "./breaker.ts";

const GOOD: Verdict = { kind: "accepted" };
const GONE: Verdict = { kind: "rejected", code: "UNREGISTERED" };
const MISMATCH: Verdict = { kind: "rejected", code: "SENDER_ID_MISMATCH" };
const UNSURE: Verdict = { kind: "retry", unsure: true };
const NOT_PROCESSED: Verdict = { kind: "retry", unsure: false };
const QUOTA: Verdict = { kind: "retry", unsure: false, pauseMs: 60_000 };

/** Takes every place there is, and says how many. */
function fill(breaker: Breaker): number {
  let taken = 0;
  while (breaker.enter() === null) taken += 1;
  return taken;
}

/** Sends one message after the other, with these answers. */
function answer(breaker: Breaker, verdicts: Iterable<Verdict>): void {
  for (const verdict of verdicts) {
    expect(breaker.enter()).toBeNull();
    breaker.note(verdict);
  }
}

const times = (count: number, verdict: Verdict): Verdict[] => Array(count).fill(verdict);

describe("room in flight", () => {
  test.each<[string, Verdict, number]>([
    ["an accepted message", GOOD, 1],
    ["a dead address", GONE, 1],
    ["a message that got lost", UNSURE, 1],
    ["an address of another project", MISMATCH, 0],
    ["a message that FCM never processed", NOT_PROCESSED, 0],
    ["a quota that is spent", QUOTA, 0],
  ])("begins small, and %s adds its part", (_, verdict, growth) => {
    const breaker = createBreaker();
    answer(breaker, times(20, verdict));
    expect(fill(breaker)).toBe(8 + 20 * growth);
  });

  test("doubles with each round trip, so that a chunk takes seven and then nothing waits", () => {
    const breaker = createBreaker();
    const rounds: number[] = [];
    for (let left = 500; left > 0; ) {
      const sent = Math.min(left, fill(breaker));
      rounds.push(sent);
      // The place that the last question waits for is among them.
      for (let one = 0; one < sent; one++) breaker.note(GOOD);
      left -= sent;
      breaker.leave();
    }
    expect(rounds.length).toBeLessThanOrEqual(7);
    expect(rounds.slice(0, 3)).toEqual([8, 16, 32]);
  });

  test("goes to whoever has waited longest, and a place that was given back unused counts", async () => {
    const breaker = createBreaker();
    fill(breaker);
    const order: number[] = [];
    const waiters = [1, 2, 3].map((number) => breaker.enter()?.then(() => order.push(number)));
    breaker.leave();
    breaker.leave();
    await Promise.resolve();
    await Promise.resolve();
    expect(order).toEqual([1]);
    breaker.note(GOOD);
    await Promise.all(waiters);
    expect(order).toEqual([1, 2, 3]);
  });

  test("is no matter once there is a fault: who waits is to see it", async () => {
    const breaker = createBreaker();
    fill(breaker);
    const waiters = [breaker.enter(), breaker.enter()];
    breaker.note({ kind: "fault", reason: "400" });
    await Promise.all(waiters);
    expect(breaker.fault).toEqual({ kind: "fault", reason: "400" });
    expect(breaker.enter()).toBeNull();
  });
});

describe("a fault", () => {
  test("is the first there was", () => {
    const breaker = createBreaker();
    answer(breaker, [GOOD, { kind: "credential", reason: "401" }, { kind: "fault", reason: "400" }]);
    expect(breaker.fault).toEqual({ kind: "credential", reason: "401" });
  });

  test("comes anew where many messages were good before it", () => {
    const breaker = createBreaker();
    answer(breaker, times(999, GOOD));
    expect(breaker.proven).toBe(false);
    answer(breaker, [GOOD]);
    expect(breaker.proven).toBe(true);
  });
});

describe("a wave of mismatches", () => {
  const tripsAt = (verdicts: Verdict[]) => {
    const breaker = createBreaker();
    return verdicts.findIndex((verdict) => {
      void breaker.enter();
      breaker.note(verdict);
      return breaker.fault !== null;
    });
  };

  test.each([0, 1, 5_000])("is seen within 32 messages, after %i that were accepted", (before) => {
    expect(tripsAt([...times(before, GOOD), ...times(100, MISMATCH)])).toBe(before + 31);
  });

  test("is not what a few left-over devices are, nor a third of the audience", () => {
    expect(tripsAt(times(31, MISMATCH))).toBe(-1);
    const third = Array.from({ length: 30_000 }, (_, index) => (index % 3 === 0 ? MISMATCH : GOOD));
    expect(tripsAt(third)).toBe(-1);
    const clusters = Array.from({ length: 6_000 }, (_, index) => (index % 100 < 30 ? MISMATCH : GOOD));
    expect(tripsAt(clusters)).toBe(-1);
  });

  test("is three in four, soon", () => {
    const most = Array.from({ length: 1_000 }, (_, index) => (index % 4 === 0 ? GOOD : MISMATCH));
    expect(tripsAt(most)).toBeLessThan(70);
    expect(tripsAt(most)).toBeGreaterThan(31);
  });

  test("is no slower where every other address is dead, and no faster", () => {
    expect(tripsAt(times(32, MISMATCH).flatMap((one) => [GONE, one]))).toBe(63);
    const breaker = createBreaker();
    answer(
      breaker,
      times(20, MISMATCH).flatMap((one) => [GONE, one]),
    );
    expect(fill(breaker)).toBe(8);
  });

  test("is not hidden by answers that say nothing", () => {
    expect(tripsAt(times(32, MISMATCH).flatMap((one) => [one, UNSURE, QUOTA, NOT_PROCESSED]))).toBe(4 * 31);
  });

  test("says what to check", () => {
    const breaker = createBreaker();
    answer(breaker, times(32, MISMATCH));
    expect(breaker.fault?.kind).toBe("wave");
    expect(breaker.fault?.reason).toMatch(/SENDER_ID_MISMATCH .*FANFARE_FCM_PROJECT.*credential/);
  });
});
