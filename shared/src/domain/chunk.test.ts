import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeMembers } from "../testing/records.ts";
import {
  abandon,
  claimProgress,
  closeOpen,
  freshProgress,
  outcomesOf,
  type Progress,
  suspectsOf,
  tally,
  withoutSuspects,
} from "./chunk.ts";
import { type Outcome, rejected } from "./outcome.ts";

const MEMBERS = 6;
/** 0 was accepted, 1 is dead; of the open ones 2 is untouched, 3 was counted, 4 and 5 are unsure. */
const HALFWAY: Progress = {
  open: [2, 3, 4, 5],
  unsure: [4, 5],
  maybe: [3, 4, 5],
  outcomes: { 1: rejected("UNREGISTERED") },
};

const ended = fc.constantFrom<Exclude<Outcome, "accepted">>(
  "expired",
  "cancelled",
  "unknown",
  rejected("UNREGISTERED"),
  rejected("SENDER_ID_MISMATCH"),
);

/** Any progress that a sender can leave: each member accepted, ended, or open, and open ones possibly sent to. */
const progresses = fc
  .array(fc.oneof(fc.constantFrom("accepted", "open", "maybe", "unsure"), ended), { maxLength: 12 })
  .map((states) => {
    const progress: Progress = { open: [], unsure: [], maybe: [], outcomes: {} };
    states.forEach((state, index) => {
      if (state === "open" || state === "maybe" || state === "unsure") progress.open.push(index);
      else if (state !== "accepted") progress.outcomes[index] = state as Exclude<Outcome, "accepted">;
      if (state === "maybe" || state === "unsure") progress.maybe.push(index);
      if (state === "unsure") progress.unsure.push(index);
    });
    return { members: states.length, progress };
  });

const onCrashes = fc.constantFrom("repeat" as const, "miss" as const);

describe("the outcomes of a chunk", () => {
  const outcomes = (progress: Progress) => outcomesOf({ members: makeMembers(MEMBERS), progress });

  test("are one a member, in order; who is open has none", () => {
    expect(outcomes(HALFWAY)).toEqual(["accepted", rejected("UNREGISTERED"), null, null, null, null]);
    expect(outcomes(freshProgress(MEMBERS))).toEqual(Array(MEMBERS).fill(null));
  });

  test("add up with the open ones to all members", () => {
    const property = fc.property(progresses, fc.nat(100), ({ members, progress }, repeats) => {
      const { accepted, rejected, expired, cancelled, unknown, ...rest } = tally(members, progress, repeats);
      expect(rest).toEqual({ members, possibleRepeats: repeats });
      const codes = Object.values(rejected).reduce((total, count) => total + count, 0);
      expect(accepted + codes + expired + cancelled + unknown + progress.open.length).toBe(members);
      const named = outcomesOf({ members: makeMembers(members), progress });
      expect(named.filter((outcome) => outcome === "accepted")).toHaveLength(accepted);
      expect(named.filter((outcome) => outcome === "unknown")).toHaveLength(unknown);
    });
    fc.assert(property);
  });
});

describe("closing what is open", () => {
  test("gives unknown to whoever may have been reached, and the outcome to the rest", () => {
    expect(closeOpen(HALFWAY, "cancelled")).toEqual({
      open: [],
      unsure: [],
      maybe: [],
      outcomes: { 1: rejected("UNREGISTERED"), 2: "cancelled", 3: "unknown", 4: "unknown", 5: "unknown" },
    });
  });

  test("changes no outcome, leaves the progress given as it was, and leaves nobody open", () => {
    const property = fc.property(progresses, ended, ({ members, progress }, outcome) => {
      const before = structuredClone(progress);
      const closed = closeOpen(progress, outcome);
      expect(progress).toEqual(before);
      expect(closed.outcomes).toMatchObject(progress.outcomes);
      const named = outcomesOf({ members: makeMembers(members), progress: closed });
      const wanted = outcomesOf({ members: makeMembers(members), progress }).map(
        (known, index) => known ?? (progress.maybe.includes(index) ? "unknown" : outcome),
      );
      expect(named).toEqual(wanted);
    });
    fc.assert(property);
  });
});

/** Of {@link HALFWAY} 2 and 4 are suspects, and 0 was one before it was accepted. */
const SUSPECTED: Progress = {
  ...HALFWAY,
  refusals: {
    trial: 1,
    said: [
      { code: "CONTENT_REFUSED", says: "400 no", of: [0, 2] },
      { code: "SENDER_ID_MISMATCH", says: "403 no", of: [4] },
    ],
  },
};

describe("suspects", () => {
  test("are the open members that FCM refused, each with its code", () => {
    const codes = [
      [2, "CONTENT_REFUSED"],
      [4, "SENDER_ID_MISMATCH"],
    ] as const;
    expect(suspectsOf(SUSPECTED)).toEqual(new Map(codes));
    expect(suspectsOf(HALFWAY)).toEqual(new Map());
    expect(suspectsOf({ ...SUSPECTED, open: [] })).toEqual(new Map());
  });

  test("are as good as never sent to once their words are left out, while ended members keep theirs", () => {
    const before = structuredClone(SUSPECTED);
    const said = [{ code: "CONTENT_REFUSED", says: "400 no", of: [0] }];
    expect(withoutSuspects(SUSPECTED)).toEqual({ ...HALFWAY, refusals: { trial: 1, said } });
    expect(SUSPECTED).toEqual(before);
    expect(suspectsOf(withoutSuspects(SUSPECTED)).size).toBe(0);
    expect(withoutSuspects(HALFWAY)).toBe(HALFWAY);
  });

  test("keep the answer that they got where a chunk ends by itself, if no other attempt may have reached FCM", () => {
    const ends = { 1: rejected("UNREGISTERED"), 3: "unknown", 4: "unknown", 5: "unknown" };
    const closed = closeOpen(SUSPECTED, "expired");
    expect(closed.outcomes).toEqual({ ...ends, 2: rejected("CONTENT_REFUSED") });
    expect(closed.refusals, "and its words").toEqual(SUSPECTED.refusals);
    expect(closeOpen({ ...SUSPECTED, maybe: [] }, rejected("UNDELIVERED")).outcomes).toEqual({
      ...{ 1: rejected("UNREGISTERED"), 2: rejected("CONTENT_REFUSED"), 3: rejected("UNDELIVERED") },
      ...{ 4: rejected("SENDER_ID_MISMATCH"), 5: rejected("UNDELIVERED") },
    });
  });

  test("are cancelled where a person ends the broadcast", () => {
    expect(closeOpen({ ...SUSPECTED, maybe: [] }, "cancelled").outcomes).toMatchObject({
      ...{ 2: "cancelled", 4: "cancelled" },
    });
  });

  test("stay suspects through a claim, unless their holder died: they may have been sent to since", () => {
    expect(claimProgress(SUSPECTED, false, "repeat").progress.refusals).toEqual(SUSPECTED.refusals);
    const { progress, repeats } = claimProgress(SUSPECTED, true, "repeat");
    expect([suspectsOf(progress).size, repeats]).toEqual([0, 4]);
    const said = [{ code: "CONTENT_REFUSED", says: "400 no", of: [0] }];
    expect(progress.refusals?.said).toEqual(said);
    const missed = claimProgress(SUSPECTED, true, "miss").progress;
    expect(missed.outcomes).toMatchObject({ 2: "unknown", 4: "unknown" });
    expect(missed.refusals?.said, "no words of what may have changed since").toEqual(said);
  });

  test("of a chunk that nobody works on keep their answer, unless its holder died with it", () => {
    const held = { ...SUSPECTED, maybe: [], unsure: [] };
    expect(abandon(held, false, "expired").outcomes[2]).toBe(rejected("CONTENT_REFUSED"));
    const died = abandon(held, true, "expired");
    expect(died.outcomes).toMatchObject({ 2: "unknown", 3: "unknown", 4: "unknown", 5: "unknown" });
    expect(died.refusals?.said).toEqual([{ code: "CONTENT_REFUSED", says: "400 no", of: [0] }]);
    expect(died).toMatchObject({ open: [], unsure: [], maybe: [] });
  });
});

describe("a claim", () => {
  test("on a chunk that was handed back counts whom it is unsure of", () => {
    const { progress, repeats } = claimProgress(HALFWAY, false, "repeat");
    expect(repeats).toBe(2);
    expect(progress).toEqual({ ...HALFWAY, unsure: [] });
  });

  test("that takes over counts every open member, and may have reached each", () => {
    const { progress, repeats } = claimProgress(HALFWAY, true, "repeat");
    expect(repeats).toBe(4);
    expect(progress).toEqual({ ...HALFWAY, unsure: [], maybe: [2, 3, 4, 5] });
  });

  test("with miss ends those as unknown instead", () => {
    const handedBack = claimProgress(HALFWAY, false, "miss");
    const unknown = { ...HALFWAY.outcomes, 4: "unknown", 5: "unknown" };
    expect(handedBack).toEqual({
      repeats: 0,
      progress: { open: [2, 3], unsure: [], maybe: [3], outcomes: unknown },
    });
    const takenOver = claimProgress(HALFWAY, true, "miss");
    expect(takenOver.repeats).toBe(0);
    expect(takenOver.progress).toMatchObject({ open: [], maybe: [] });
    expect(takenOver.progress.outcomes).toEqual({ ...unknown, 2: "unknown", 3: "unknown" });
  });

  test("loses no member, changes no outcome, forgets of nobody that it may have reached him", () => {
    const property = fc.property(progresses, fc.boolean(), onCrashes, (given, takenOver, onCrash) => {
      const before = structuredClone(given.progress);
      const { progress, repeats } = claimProgress(given.progress, takenOver, onCrash);
      expect(given.progress).toEqual(before);
      expect(progress.outcomes).toMatchObject(before.outcomes);
      expect(progress.unsure).toEqual([]);
      expect(before.open).toEqual(expect.arrayContaining(progress.open));
      for (const index of before.open) {
        const open = progress.open.includes(index);
        expect(progress.outcomes[index]).toBe(open ? undefined : "unknown");
        if (open && before.maybe.includes(index)) expect(progress.maybe).toContain(index);
      }
      expect(progress.open).toEqual(expect.arrayContaining(progress.maybe));
      expect(repeats).toBe(onCrash === "miss" ? 0 : (takenOver ? before.open : before.unsure).length);
    });
    fc.assert(property);
  });
});
