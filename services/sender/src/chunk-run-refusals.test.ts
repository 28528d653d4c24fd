import type { Verdict } from "@fanfare/shared/domain/answers";
import { freshProgress, type Progress } from "@fanfare/shared/domain/chunk";
import { rejected } from "@fanfare/shared/domain/outcome";
import { describe, expect, test } from "vitest";
import { startRun } from "./testing/start-run.ts";

const NOW = 1_000_000;

const ACCEPTED: Verdict = { kind: "accepted" };
const AGAINST_CONTENT: Verdict = { kind: "suspicion", against: "content", says: "400 too big" };
const AGAINST_CREDENTIAL: Verdict = { kind: "suspicion", against: "credential", says: "401 expired" };
const always = () => true;
const never = () => false;

describe("a member whom FCM refused", () => {
  const said = (code: string, says: string, ...of: number[]) => ({ code, says, of });
  /** The next claim, after the broadcast was resumed from a hold. */
  function again(progress: Progress) {
    const run = startRun(progress);
    run.tryAgain(1);
    return run;
  }
  const refusals = (...all: ReturnType<typeof said>[]) => ({ trial: 0, said: all });

  test("is rejected with FCM's words where it is known to be its fault", () => {
    const run = startRun(3);
    run.note(0, AGAINST_CONTENT, NOW, always);
    run.note(2, AGAINST_CONTENT, NOW, always);
    run.note(1, { kind: "suspicion", against: "key", says: "401 key" }, NOW, always);
    const code = rejected("CONTENT_REFUSED");
    expect(run.progress()).toEqual({
      ...freshProgress(0),
      outcomes: { 0: code, 1: rejected("THIRD_PARTY_AUTH_ERROR"), 2: code },
      refusals: refusals(
        said("CONTENT_REFUSED", "400 too big", 0, 2),
        said("THIRD_PARTY_AUTH_ERROR", "401 key", 1),
      ),
    });
  });

  test("else waits, open and not sent to, until that is known", () => {
    const run = startRun(2);
    run.note(0, AGAINST_CONTENT, NOW, never);
    expect([run.left, run.ready(NOW), run.nextAt()]).toEqual([2, [1], 0]);
    run.note(1, ACCEPTED, NOW, never);
    expect([run.left, run.ready(NOW), run.nextAt()]).toEqual([1, [], Number.POSITIVE_INFINITY]);
    expect(run.suspicions()).toEqual([{ code: "CONTENT_REFUSED", says: "400 too big" }]);
    run.decide(never);
    expect(run.left).toBe(1);
    run.decide((index, code) => index === 0 && code === "CONTENT_REFUSED");
    expect([run.left, run.progress().outcomes]).toEqual([0, { 0: rejected("CONTENT_REFUSED") }]);
  });

  test("for its content is still a suspect for the next process, and not for one that comes after a resume", () => {
    const run = startRun(2);
    run.note(0, AGAINST_CONTENT, NOW, never);
    const progress = run.progress();
    expect(progress).toMatchObject({
      open: [0, 1],
      refusals: refusals(said("CONTENT_REFUSED", "400 too big", 0)),
    });
    expect(startRun(progress).ready(NOW)).toEqual([1]);
    expect(again(progress).ready(NOW)).toEqual([0, 1]);
    expect(again(progress).progress()).toEqual(freshProgress(2));
  });

  test("for its credential is sent to again by the next process: its token may be another", () => {
    const run = startRun(1);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    expect(run.ready(NOW)).toEqual([]);
    expect(run.progress()).toEqual(freshProgress(1));
  });

  test("for its credential is sent to again when the access token is renewed, rejected or not", () => {
    const run = startRun(3);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    run.note(1, AGAINST_CREDENTIAL, NOW, always);
    run.note(2, AGAINST_CONTENT, NOW, never);
    run.renew();
    expect(run.ready(NOW)).toEqual([0, 1]);
  });

  test("is unknown where an earlier attempt may have been accepted, but for what was so before as well", () => {
    const maybe = { open: [0, 1, 2, 3], unsure: [], maybe: [0, 1, 2, 3], outcomes: {} };
    const run = startRun(maybe);
    run.note(0, AGAINST_CONTENT, NOW, always);
    run.note(1, AGAINST_CREDENTIAL, NOW, never);
    run.note(2, { kind: "suspicion", against: "device", says: "400" }, NOW, always);
    run.note(3, { kind: "suspicion", against: "project", says: "403" }, NOW, always);
    run.decide(always);
    const outcomes = {
      0: "unknown",
      1: "unknown",
      2: rejected("CONTENT_REFUSED"),
      3: rejected("SENDER_ID_MISMATCH"),
    };
    expect(run.progress()).toMatchObject({ open: [], maybe: [], outcomes });
  });

  test("counts as no repeat when it is sent to again", () => {
    const run = startRun(1);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    run.renew();
    expect(run.countUnsure([0])).toBe(0);
  });

  test("leaves no word behind where it is accepted in the end", () => {
    const run = startRun(1);
    run.note(0, AGAINST_CREDENTIAL, NOW, never);
    run.renew();
    run.note(0, ACCEPTED, NOW, never);
    expect(run.progress()).toEqual(freshProgress(0));
  });

  test("is opened again where the code is not believed any more, under whichever claim it was rejected", () => {
    const run = startRun({
      open: [2, 3],
      unsure: [],
      maybe: [],
      outcomes: { 0: rejected("SENDER_ID_MISMATCH"), 1: rejected("UNREGISTERED") },
    });
    run.note(2, { kind: "suspicion", against: "project", says: "403 mismatch" }, NOW, always);
    run.note(3, ACCEPTED, NOW, never);
    expect(run.left).toBe(0);
    run.reopen("SENDER_ID_MISMATCH");
    expect(run.progress()).toMatchObject({ open: [0, 2], outcomes: { 1: rejected("UNREGISTERED") } });
    expect(run.ready(NOW), "who has FCM's words waits for the resume").toEqual([0]);
    expect(again(run.progress()).ready(NOW)).toEqual([0, 2]);
  });

  test("keeps its answer where the chunk is given up, for its content", () => {
    const run = startRun(2);
    run.note(0, AGAINST_CONTENT, NOW, never);
    run.note(1, AGAINST_CREDENTIAL, NOW, never);
    expect(run.giveUp("expired").outcomes).toEqual({ 0: rejected("CONTENT_REFUSED"), 1: "expired" });
    expect(run.giveUp("cancelled").outcomes).toEqual({ 0: "cancelled", 1: "cancelled" });
  });
});
