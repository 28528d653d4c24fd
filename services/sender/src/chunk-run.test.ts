import type { Verdict } from "@fanfare/shared/domain/answers";
import type { RetryRule } from "@fanfare/shared/domain/backoff";
import type { OnCrash } from "@fanfare/shared/domain/broadcast";
import { freshProgress, type Progress } from "@fanfare/shared/domain/chunk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createChunkRun, type RunRules } from "./chunk-run.ts";

const NOW = 1_000_000;
const RETRY: RetryRule = { baseMs: 10_000, maxMs: 600_000, giveUpMs: 3_600_000 };

const ACCEPTED: Verdict = { kind: "accepted" };
const GONE: Verdict = { kind: "rejected", code: "UNREGISTERED" };
const UNSURE: Verdict = { kind: "retry", unsure: true };
const NOT_PROCESSED: Verdict = { kind: "retry", unsure: false };
const LIMIT: Verdict = { kind: "retry", unsure: false, afterMs: 60_000, limit: "unknown" };
const AGAINST_CONTENT: Verdict = { kind: "suspicion", against: "content", says: "400 too big" };
const AGAINST_CREDENTIAL: Verdict = { kind: "suspicion", against: "credential", says: "401 expired" };
const always = () => true;
const never = () => false;

function start(members: number | Progress, rules: Partial<RunRules> = {}) {
  const progress = typeof members === "number" ? freshProgress(members) : members;
  return createChunkRun(progress, {
    retry: RETRY,
    onCrash: "repeat",
    before: 0,
    random: () => 0,
    ...rules,
  });
}

describe("a verdict", () => {
  const OPEN = { open: [0], unsure: [], maybe: [], outcomes: {} };
  const UNSURE_OPEN = { ...OPEN, unsure: [0], maybe: [0] };
  const ended = (outcomes: Progress["outcomes"]) => ({ open: [], unsure: [], maybe: [], outcomes });
  const rows: [name: string, verdict: Verdict, repeat: Progress, miss: Progress, waitMs: number][] = [
    ["accepted", ACCEPTED, ended({}), ended({}), 0],
    ["rejected", GONE, ended({ 0: "rejected(UNREGISTERED)" }), ended({ 0: "rejected(UNREGISTERED)" }), 0],
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
      const run = start(1, { onCrash });
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
    const run = start(3);
    run.note(1, GONE, NOW, never);
    expect(run.progress()).toEqual({ ...freshProgress(3), open: [0, 2], outcomes: run.progress().outcomes });
    expect(run.progress().outcomes).toEqual({ 1: "rejected(UNREGISTERED)" });
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
        const run = start(1, { before, random: () => random });
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
    const run = start(1);
    run.note(0, { ...LIMIT, afterMs: 0 }, NOW, never);
    expect(run.nextAt()).toBe(NOW + 10_000);
  });

  test("grows with each attempt that FCM saw, and goes on from those of earlier claims", () => {
    const waitsOf = (run: ReturnType<typeof start>, verdicts: Verdict[]) =>
      verdicts.map((verdict) => {
        run.note(0, verdict, NOW, never);
        return run.nextAt() - NOW;
      });
    const verdicts = [UNSURE, NOT_PROCESSED, UNSURE, NOT_PROCESSED, UNSURE];
    expect(waitsOf(start(1), verdicts)).toEqual([10_000, 250, 20_000, 250, 40_000]);
    expect(waitsOf(start(1, { before: 3 }), verdicts)).toEqual([80_000, 250, 160_000, 250, 320_000]);
    expect(waitsOf(start(1, { before: 30 }), [UNSURE])).toEqual([600_000]);
  });
});

describe("times", () => {
  test("close together are gathered, and what has not been tried goes at once", () => {
    const run = start(4);
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
    const run = start(1);
    run.note(0, ACCEPTED, NOW, never);
    expect([run.left, run.allAt(), run.ready(NOW)]).toEqual([0, 0, []]);
  });
});

describe("repeats", () => {
  test("are the unsure among those who are sent to again, each counted once an attempt", () => {
    const run = start(4);
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
    const run = start(2, { onCrash: "miss" });
    run.note(0, UNSURE, NOW, never);
    expect(run.countUnsure([0, 1])).toBe(0);
    expect(run.progress()).toEqual({ open: [1], unsure: [], maybe: [], outcomes: { 0: "unknown" } });
  });
});

describe("a member whom FCM refused", () => {
  const said = (code: string, says: string, ...of: number[]) => ({ code, says, of });
  /** The next claim, after the broadcast was resumed from a hold. */
  function again(progress: Progress) {
    const run = start(progress);
    run.tryAgain(1);
    return run;
  }
  const refusals = (...all: ReturnType<typeof said>[]) => ({ trial: 0, said: all });

  test("is rejected with FCM's words where it is known to be its fault", () => {
    const run = start(3);
    run.note(0, AGAINST_CONTENT, NOW, always);
    run.note(2, AGAINST_CONTENT, NOW, always);
    run.note(1, { kind: "suspicion", against: "key", says: "401 key" }, NOW, always);
    const code = "rejected(CONTENT_REFUSED)";
    expect(run.progress()).toEqual({
      ...freshProgress(0),
      outcomes: { 0: code, 1: "rejected(THIRD_PARTY_AUTH_ERROR)", 2: code },
      refusals: refusals(
        said("CONTENT_REFUSED", "400 too big", 0, 2),
        said("THIRD_PARTY_AUTH_ERROR", "401 key", 1),
      ),
    });
  });

  test("else waits, open and not sent to, until that is known", () => {
    const run = start(2);
    run.note(0, AGAINST_CONTENT, NOW, never);
    expect([run.left, run.ready(NOW), run.nextAt()]).toEqual([2, [1], 0]);
    run.note(1, ACCEPTED, NOW, never);
    expect([run.left, run.ready(NOW), run.nextAt()]).toEqual([1, [], Number.POSITIVE_INFINITY]);
    expect(run.suspicions()).toEqual([{ code: "CONTENT_REFUSED", says: "400 too big" }]);
    run.decide(never);
    expect(run.left).toBe(1);
    run.decide((index, code) => index === 0 && code === "CONTENT_REFUSED");
    expect([run.left, run.progress().outcomes]).toEqual([0, { 0: "rejected(CONTENT_REFUSED)" }]);
  });

  test("for its content is still a suspect for the next process, and not for one that comes after a resume", () => {
    const run = start(2);
    run.note(0, AGAINST_CONTENT, NOW, never);
    const progress = run.progress();
    expect(progress).toMatchObject({
      open: [0, 1],
      refusals: refusals(said("CONTENT_REFUSED", "400 too big", 0)),
    });
    expect(start(progress).ready(NOW)).toEqual([1]);
    expect(again(progress).ready(NOW)).toEqual([0, 1]);
    expect(again(progress).progress()).toEqual(freshProgress(2));
  });

  test("for its credential is sent to again by the next process: its token may be another", () => {
    const run = start(1);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    expect(run.ready(NOW)).toEqual([]);
    expect(run.progress()).toEqual(freshProgress(1));
  });

  test("for its credential is sent to again when the access token is renewed, rejected or not", () => {
    const run = start(3);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    run.note(1, AGAINST_CREDENTIAL, NOW, always);
    run.note(2, AGAINST_CONTENT, NOW, never);
    run.renew();
    expect(run.ready(NOW)).toEqual([0, 1]);
  });

  test("is unknown where an earlier attempt may have been accepted, but for what was so before as well", () => {
    const maybe = { open: [0, 1, 2, 3], unsure: [], maybe: [0, 1, 2, 3], outcomes: {} };
    const run = start(maybe);
    run.note(0, AGAINST_CONTENT, NOW, always);
    run.note(1, AGAINST_CREDENTIAL, NOW, never);
    run.note(2, { kind: "suspicion", against: "device", says: "400" }, NOW, always);
    run.note(3, { kind: "suspicion", against: "project", says: "403" }, NOW, always);
    run.decide(always);
    const outcomes = {
      0: "unknown",
      1: "unknown",
      2: "rejected(CONTENT_REFUSED)",
      3: "rejected(SENDER_ID_MISMATCH)",
    };
    expect(run.progress()).toMatchObject({ open: [], maybe: [], outcomes });
  });

  test("counts as no repeat when it is sent to again", () => {
    const run = start(1);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    run.renew();
    expect(run.countUnsure([0])).toBe(0);
  });

  test("leaves no word behind where it is accepted in the end", () => {
    const run = start(1);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    run.renew();
    run.note(0, ACCEPTED, NOW, never);
    expect(run.progress()).toEqual(freshProgress(0));
  });

  test("is opened again where the code is not believed any more, under whichever claim it was rejected", () => {
    const run = start({
      open: [2, 3],
      unsure: [],
      maybe: [],
      outcomes: { 0: "rejected(SENDER_ID_MISMATCH)", 1: "rejected(UNREGISTERED)" },
    });
    run.note(2, { kind: "suspicion", against: "project", says: "403 mismatch" }, NOW, always);
    run.note(3, ACCEPTED, NOW, never);
    expect(run.left).toBe(0);
    run.reopen("SENDER_ID_MISMATCH");
    expect(run.progress()).toMatchObject({ open: [0, 2], outcomes: { 1: "rejected(UNREGISTERED)" } });
    expect(run.ready(NOW), "who has FCM's words waits for the resume").toEqual([0]);
    expect(again(run.progress()).ready(NOW)).toEqual([0, 2]);
  });
});

describe("giving up", () => {
  test("ends as unknown whoever FCM may have taken, and as expired who is left", () => {
    const run = start(5);
    run.note(0, ACCEPTED, NOW, never);
    run.note(1, GONE, NOW, never);
    run.note(2, UNSURE, NOW, never);
    run.note(3, LIMIT, NOW, never);
    const outcomes = { 1: "rejected(UNREGISTERED)", 2: "unknown", 3: "expired", 4: "expired" };
    expect(run.giveUp("expired")).toEqual({ open: [], unsure: [], maybe: [], outcomes });
  });

  test("remembers who was unsure under an earlier claim, though counted since", () => {
    const run = start({ open: [0, 1], unsure: [], maybe: [1], outcomes: {} });
    run.note(1, LIMIT, NOW, never);
    expect(run.giveUp("expired").outcomes).toEqual({ 0: "expired", 1: "unknown" });
  });

  test("keeps the answer of whom FCM refused for its content", () => {
    const run = start(2);
    run.note(0, AGAINST_CONTENT, NOW, never);
    run.note(1, AGAINST_CREDENTIAL, NOW, never);
    expect(run.giveUp("expired").outcomes).toEqual({ 0: "rejected(CONTENT_REFUSED)", 1: "expired" });
    expect(run.giveUp("cancelled").outcomes).toEqual({ 0: "cancelled", 1: "cancelled" });
  });

  test("a definite answer ends the doubt", () => {
    const run = start({ open: [0], unsure: [0], maybe: [0], outcomes: {} });
    run.note(0, GONE, NOW, never);
    expect(run.giveUp("expired").outcomes).toEqual({ 0: "rejected(UNREGISTERED)" });
  });
});

test("progress is a copy: what happens later does not change it", () => {
  const run = start(2);
  const before = run.progress();
  run.note(0, GONE, NOW, never);
  run.note(1, UNSURE, NOW, never);
  expect(before).toEqual(freshProgress(2));
});
