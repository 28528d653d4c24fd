import type { Verdict } from "@fanfare/shared/domain/answers";
import type { OnCrash } from "@fanfare/shared/domain/broadcast";
import { freshProgress, type Progress } from "@fanfare/shared/domain/chunk";
import { rejected } from "@fanfare/shared/domain/outcome";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RETRY, startRun } from "./testing/start-run.ts";

const NOW = 1_000_000;

const ACCEPTED: Verdict = { kind: "accepted" };
const GONE: Verdict = { kind: "rejected", code: "UNREGISTERED" };
const UNSURE: Verdict = { kind: "retry", unsure: true };
const NOT_PROCESSED: Verdict = { kind: "retry", unsure: false };
const LIMIT: Verdict = { kind: "retry", unsure: false, afterMs: 60_000, limit: "unknown" };
const never = () => false;

describe("a verdict", () => {
  const OPEN = { open: [0], unsure: [], maybe: [], outcomes: {} };
  const UNSURE_OPEN = { ...OPEN, unsure: [0], maybe: [0] };
  const ended = (outcomes: Progress["outcomes"]) => ({ open: [], unsure: [], maybe: [], outcomes });
  const rows: [name: string, verdict: Verdict, repeat: Progress, miss: Progress, waitMs: number][] = [
    ["accepted", ACCEPTED, ended({}), ended({}), 0],
    ["rejected", GONE, ended({ 0: rejected("UNREGISTERED") }), ended({ 0: rejected("UNREGISTERED") }), 0],
    ["unsure", UNSURE, UNSURE_OPEN, ended({ 0: "unknown" }), 10_000],
    [
      "unsure, with a wait asked for",
      { ...UNSURE, afterMs: 45_000 },
      UNSURE_OPEN,
      ended({ 0: "unknown" }),
      45_000,
    ],
    ["not processed", NOT_PROCESSED, OPEN, OPEN, 250],
    ["over quota", LIMIT, OPEN, OPEN, 60_000],
    ["no access token", { kind: "credential", reason: "401" }, OPEN, OPEN, 0],
  ];

  test.each(rows)("%s leads here", (_, verdict, repeat, miss, waitMs) => {
    for (const [onCrash, expected] of [
      ["repeat", repeat],
      ["miss", miss],
    ] as [OnCrash, Progress][]) {
      const run = startRun(1, { onCrash });
      run.note(0, verdict, NOW, never);
      expect(run.progress()).toEqual(expected);
      expect(run.left).toBe(expected.open.length);
      if (run.left === 0) continue;
      expect(run.nextAt()).toBe(waitMs === 0 ? 0 : NOW + waitMs);
      expect(run.ready(NOW + waitMs - 1)).toEqual(waitMs === 0 ? [0] : []);
      expect(run.ready(NOW + waitMs)).toEqual([0]);
    }
  });

  test("about one member changes no other", () => {
    const run = startRun(3);
    run.note(1, GONE, NOW, never);
    expect(run.progress()).toEqual({ ...freshProgress(3), open: [0, 2], outcomes: run.progress().outcomes });
    expect(run.progress().outcomes).toEqual({ 1: rejected("UNREGISTERED") });
  });
});

describe("a wait", () => {
  test("is never shorter than the base or what FCM asks for, but where FCM never saw the message", () => {
    const verdict = fc.record({
      kind: fc.constant("retry" as const),
      unsure: fc.boolean(),
      afterMs: fc.option(fc.nat(100_000), { nil: undefined }),
    });
    const property = fc.property(
      fc.array(verdict, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(20),
      (verdicts, random, before) => {
        const run = startRun(1, { before, random: () => random });
        let now = NOW;
        for (const { afterMs, ...rest } of verdicts) {
          const asked = afterMs ?? 0;
          run.note(0, { ...rest, ...(afterMs !== undefined && { afterMs }) }, now, never);
          const seen = rest.unsure || afterMs !== undefined;
          expect(run.nextAt() - now).toBeGreaterThanOrEqual(seen ? Math.max(RETRY.baseMs, asked) : 250);
          expect(run.nextAt() - now).toBeLessThanOrEqual(Math.max(RETRY.maxMs, asked) * 1.5 + 1);
          now = run.nextAt();
        }
      },
    );
    fc.assert(property);
  });

  test("of a 429 that may be retried at once is the base", () => {
    const run = startRun(1);
    run.note(0, { ...LIMIT, afterMs: 0 }, NOW, never);
    expect(run.nextAt()).toBe(NOW + 10_000);
  });

  test("grows with each attempt that FCM saw, and goes on from those of earlier claims", () => {
    const waitsOf = (run: ReturnType<typeof startRun>, verdicts: Verdict[]) =>
      verdicts.map((verdict) => {
        run.note(0, verdict, NOW, never);
        return run.nextAt() - NOW;
      });
    const verdicts = [UNSURE, NOT_PROCESSED, UNSURE, NOT_PROCESSED, UNSURE];
    expect(waitsOf(startRun(1), verdicts)).toEqual([10_000, 250, 20_000, 250, 40_000]);
    expect(waitsOf(startRun(1, { before: 3 }), verdicts)).toEqual([80_000, 250, 160_000, 250, 320_000]);
    expect(waitsOf(startRun(1, { before: 30 }), [UNSURE])).toEqual([600_000]);
  });
});

describe("times", () => {
  test("close together are gathered, and what has not been tried goes at once", () => {
    const run = startRun(4);
    expect(run.nextAt()).toBe(0);
    run.note(0, UNSURE, NOW, never);
    run.note(1, UNSURE, NOW + 900, never);
    run.note(2, UNSURE, NOW + 5_000, never);
    expect(run.nextAt()).toBe(0);
    expect(run.ready(NOW + 5_000)).toEqual([3]);
    run.note(3, ACCEPTED, NOW, never);
    expect(run.nextAt()).toBe(NOW + 10_900);
    expect(run.ready(run.nextAt())).toEqual([0, 1]);
    expect(run.allAt()).toBe(NOW + 15_000);
    expect(run.ready(run.allAt())).toEqual([0, 1, 2]);
  });

  test("a chunk with nobody left is due to nobody", () => {
    const run = startRun(1);
    run.note(0, ACCEPTED, NOW, never);
    expect([run.left, run.allAt(), run.ready(NOW)]).toEqual([0, 0, []]);
  });
});

describe("repeats", () => {
  test("are the unsure among those who are sent to again, each counted once an attempt", () => {
    const run = startRun(4);
    for (const index of [0, 1, 2]) run.note(index, UNSURE, NOW, never);
    run.note(3, LIMIT, NOW, never);
    expect(run.countUnsure([1, 2, 3])).toBe(2);
    expect(run.progress()).toMatchObject({ unsure: [0], maybe: [0, 1, 2] });
    expect(run.countUnsure([0, 1, 2, 3])).toBe(1);
    run.note(1, LIMIT, NOW, never);
    expect(run.countUnsure([1])).toBe(0);
    run.note(1, UNSURE, NOW, never);
    expect(run.countUnsure([1])).toBe(1);
  });

  test("there are none with miss: who is unsure is unknown at once", () => {
    const run = startRun(2, { onCrash: "miss" });
    run.note(0, UNSURE, NOW, never);
    expect(run.countUnsure([0, 1])).toBe(0);
    expect(run.progress()).toEqual({ open: [1], unsure: [], maybe: [], outcomes: { 0: "unknown" } });
  });
});

describe("giving up", () => {
  test("ends as unknown whoever FCM may have taken, and as expired who is left", () => {
    const run = startRun(5);
    run.note(0, ACCEPTED, NOW, never);
    run.note(1, GONE, NOW, never);
    run.note(2, UNSURE, NOW, never);
    run.note(3, LIMIT, NOW, never);
    const outcomes = { 1: rejected("UNREGISTERED"), 2: "unknown", 3: "expired", 4: "expired" };
    expect(run.giveUp("expired")).toEqual({ open: [], unsure: [], maybe: [], outcomes });
  });

  test("remembers who was unsure under an earlier claim, though counted since", () => {
    const run = startRun({ open: [0, 1], unsure: [], maybe: [1], outcomes: {} });
    run.note(1, LIMIT, NOW, never);
    expect(run.giveUp("expired").outcomes).toEqual({ 0: "expired", 1: "unknown" });
  });

  test("a definite answer ends the doubt", () => {
    const run = startRun({ open: [0], unsure: [0], maybe: [0], outcomes: {} });
    run.note(0, GONE, NOW, never);
    expect(run.giveUp("expired").outcomes).toEqual({ 0: rejected("UNREGISTERED") });
  });
});

test("progress is a copy: what happens later does not change it", () => {
  const run = startRun(2);
  const before = run.progress();
  run.note(0, GONE, NOW, never);
  run.note(1, UNSURE, NOW, never);
  expect(before).toEqual(freshProgress(2));
});
