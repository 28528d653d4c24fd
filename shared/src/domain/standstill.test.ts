import { describe, expect, test } from "vitest";
import { START } from "../testing/clock.ts";
import type { Debt } from "./broadcast.ts";
import {
  type Hands,
  handsOf,
  isDueForALook,
  isFree,
  judgePace,
  markOf,
  type OpenWork,
  whyItStands,
} from "./standstill.ts";

const STUCK_MS = 600_000;

function makeWork(hands: Hands, kind: OpenWork["kind"] = "chunk"): OpenWork {
  const free = { kind, claimed: true, leaseLeftMs: null, waitMs: 0, parked: false };
  switch (hands) {
    case "held":
      return { ...free, leaseLeftMs: 1 };
    case "lapsed":
      return { ...free, leaseLeftMs: 0 };
    case "waiting":
      return { ...free, waitMs: 1 };
    case "parked":
      return { ...free, parked: true };
    case "handed-back":
      return { ...free, waitMs: 0 };
    case "unclaimed":
      return { ...free, claimed: false };
  }
}

const ALL: Hands[] = ["held", "lapsed", "waiting", "parked", "handed-back", "unclaimed"];

test("open work is in somebody's hands, or free", () => {
  expect(ALL.map((hands) => handsOf(makeWork(hands)))).toEqual(ALL);
  const free = ALL.filter((hands) => isFree(makeWork(hands)));
  expect(free).toEqual(["lapsed", "handed-back", "unclaimed"]);
});

test("a broadcast is looked at five times within the set time, from its release on", () => {
  const made = { createdAt: START - STUCK_MS, releasedAt: START };
  const due = (now: number, lookedAt?: number) => {
    const standstill = lookedAt === undefined ? undefined : { mark: "m", at: START, lookedAt };
    return isDueForALook({ ...made, standstill }, now, STUCK_MS);
  };
  expect([due(START + 119_999), due(START + 120_000)]).toEqual([false, true]);
  expect([due(START + 120_000, START + 1), due(START + 120_001, START + 1)]).toEqual([false, true]);
});

test("the mark changes with what was counted and what was read, and shows no address", () => {
  const ranges = [{ id: "r", state: "open" as const, cursor: "address" }];
  const mark = markOf({ accepted: 1 }, ranges);
  expect(mark).toMatch(/^[0-9a-f]{16}$/);
  const [range] = ranges;
  const others = [
    markOf({ accepted: 2 }, ranges),
    markOf({ accepted: 1 }, [{ ...range, cursor: "b" } as (typeof ranges)[0]]),
    markOf({ accepted: 1 }, [{ ...range, state: "closed" } as never]),
  ];
  expect(new Set([mark, ...others]).size).toBe(4);
  expect(markOf({ accepted: 1 }, structuredClone(ranges))).toBe(mark);
});

describe("a look", () => {
  const before = { mark: "m", at: START, lookedAt: START };
  const look = (afterMs: number, fields = {}, mark = "m") =>
    judgePace({ ...before, ...fields }, mark, START + afterMs, STUCK_MS);

  test("is the first, or finds that it moved, and says since when it is there", () => {
    const standstill = { mark: "n", at: START + 5, lookedAt: START + 5 };
    expect(judgePace(undefined, "n", START + 5, STUCK_MS)).toEqual({ pace: "moves", standstill });
    expect(look(5, {}, "n")).toEqual({ pace: "moves", standstill });
    expect(look(5, { why: "w" }, "n")).toEqual({ pace: "moves-again", standstill });
  });

  test("finds that it rests, and from the set time on that it stands, once for each", () => {
    const paces = [599_999, 600_000, 720_000, 1_199_999, 1_200_000];
    let lookedAt = START;
    const found = paces.map((afterMs) => {
      const { pace, standstill } = look(afterMs, { lookedAt, why: "w" });
      expect(standstill).toEqual({ ...before, lookedAt: START + afterMs, why: "w" });
      lookedAt = standstill.lookedAt;
      return pace;
    });
    expect(found).toEqual(["rests", "stands", "rests", "rests", "stands"]);
  });

  test("after a long time without any tells it once", () => {
    expect(look(5 * STUCK_MS).pace).toBe("stands");
  });
});

describe("why it stands", () => {
  const why = (work: OpenWork[], owes: Debt[] = []) => whyItStands({ owes }, work, 3);

  test.each<[OpenWork["kind"], Hands, string]>([
    ["range", "held", "ranges with a resolver that gets no further: 1 (its log says why)"],
    ["range", "lapsed", "ranges whose resolver died: 1 (is a resolver running?)"],
    ["range", "handed-back", "ranges that a resolver handed back: 1 (is a resolver running?)"],
    ["range", "unclaimed", "ranges that nobody took up: 1 (is a resolver running?)"],
    [
      "chunk",
      "held",
      "chunks with a sender whose messages come to no end: 1 (FCM is out of reach, or others use up the quota)",
    ],
    ["chunk", "lapsed", "chunks whose sender died: 1 (is a sender running?)"],
    ["chunk", "waiting", "chunks that wait for their next try: 1 (FCM turned messages away)"],
    ["chunk", "handed-back", "chunks that a sender handed back: 1 (is a sender running?)"],
    ["chunk", "unclaimed", "chunks that nobody took up: 1 (is a sender running, with quota to spare?)"],
    ["chunk", "parked", "chunks that were put aside though no gate is closed: 1 (they are taken up again)"],
  ])("a %s that is %s", (kind, hands, words) => {
    expect(why([makeWork(hands, kind)])).toBe(words);
  });

  test("several causes are told one after another, with how many of each", () => {
    const work = [
      makeWork("held"),
      makeWork("unclaimed"),
      makeWork("unclaimed"),
      makeWork("lapsed", "range"),
    ];
    expect(
      why(work)
        .split("; ")
        .map((cause) => cause.split(" (")[0]),
    ).toEqual([
      "ranges whose resolver died: 1",
      "chunks with a sender whose messages come to no end: 1",
      "chunks that nobody took up: 2",
    ]);
    expect(why(Array(3).fill(makeWork("held")))).toMatch(/^chunks .*: 3 or more \(/);
  });

  test("with nothing open it is a debt, or the finish", () => {
    expect(why([], ["due"])).toContain('it still owes "due"');
    expect(why([])).toContain("nothing of it is open");
  });
});
