import { describe, expect, test } from "vitest";
import { START } from "../testing/clock.ts";
import { makeBroadcast } from "../testing/records.ts";
import { type Books, emptyBooks } from "./books.ts";
import { doubtRecent, finish, judge, judgePruning, PRUNING_HINT_MS, remarkOn } from "./phases.ts";

const booksOf = (fields: Partial<Books>): Books => ({ ...emptyBooks(), ...fields });

describe("a broadcast's end", () => {
  test.each<[string, Partial<Books>]>([
    ["had nobody to reach", {}],
    ["had only documents without an address", { withoutAddress: 9, late: 2 }],
    ["reached everybody", { resolved: 3, accepted: 3 }],
    ["reached one of many", { resolved: 100, accepted: 1, rejected: { UNREGISTERED: 98 }, unknown: 1 }],
  ])("is a success where it %s", (_, fields) => {
    expect(judge(booksOf(fields))).toEqual({ phase: "succeeded" });
  });

  test.each<[string, Partial<Books>, string]>([
    ["reached nobody", { resolved: 3, rejected: { UNREGISTERED: 3 } }, "accepted no message"],
    ["does not know of anybody", { resolved: 2, unknown: 2 }, "accepted no message"],
    [
      "was cancelled or came too late for all",
      { resolved: 2, expired: 1, cancelled: 1 },
      "accepted no message",
    ],
    ["could not read all", { resolved: 9, accepted: 9, unresolvedAbout: 40 }, "about 40 registrations"],
    ["could not read any", { unresolvedAbout: 1 }, "about 1 registrations"],
  ])("is a failure where it %s, and says why", (_, fields, fault) => {
    const verdict = judge(booksOf(fields));
    expect(verdict.phase).toBe("failed");
    expect(verdict.fault).toContain(fault);
  });
});

describe("a broadcast whose refusals were accepted", () => {
  const refused = makeBroadcast("refused", {
    accepts: [
      { code: "SENDER_ID_MISMATCH", by: "ada", at: 1 },
      { code: "CONTENT_REFUSED", reason: "FCM refuses it: 400 no", by: "sender", at: 2 },
    ],
  });
  const rejected = { CONTENT_REFUSED: 1 };

  test("fails with what FCM said, if it accepted none", () => {
    const fault = "FCM accepted no message: FCM refuses it: 400 no";
    expect(judge(booksOf({ resolved: 1, rejected }), "400 no")).toEqual({
      phase: "failed",
      fault: "FCM accepted no message: 400 no",
    });
    const { gates: _, ...ended } = finish(refused, booksOf({ resolved: 1, rejected }), START);
    expect(ended).toMatchObject({ phase: "failed", fault, pruning: { state: "done" }, owes: ["finished"] });
  });

  test("succeeds if it accepted one", () => {
    const books = booksOf({ resolved: 2, accepted: 1, rejected });
    expect(finish(refused, books, START)).toMatchObject({ phase: "succeeded", fault: undefined });
    expect(judge(books, "400 no")).toEqual({ phase: "succeeded" });
  });
});

describe("a broadcast most of whose audience was late", () => {
  const running = makeBroadcast("late");

  test("says how many were left out, and why, beside its success", () => {
    const { phase, fault, remark } = finish(running, booksOf({ resolved: 3, accepted: 3, late: 4 }), START);
    expect({ phase, fault }).toEqual({ phase: "succeeded", fault: undefined });
    expect(remark).toContain("4 of 7 registrations came after the release and were left out");
    expect(remark).toContain("a clock wrong?");
  });

  test("says so where all were late, and not where as many were in time", () => {
    expect(remarkOn(booksOf({ late: 100 }))).toMatch(/^100 of 100 registrations /);
    expect(remarkOn(booksOf({ resolved: 4, accepted: 4, late: 4 }))).toBeUndefined();
    expect(remarkOn(emptyBooks())).toBeUndefined();
    expect(finish(running, booksOf({ resolved: 1, accepted: 1 }), START)).not.toHaveProperty(
      "remark",
      expect.anything(),
    );
  });
});

describe("pruning", () => {
  const dead = (count: number, resolved: number, code = "UNREGISTERED") =>
    judgePruning(booksOf({ resolved, accepted: resolved - count, rejected: { [code]: count } })).state;

  test("is done where nothing is dead", () => {
    expect(judgePruning(emptyBooks())).toEqual({ state: "done" });
    expect(dead(0, 5_000)).toBe("done");
    expect(dead(4_000, 5_000, "SENDER_ID_MISMATCH")).toBe("done");
    expect(dead(4_000, 5_000, "THIRD_PARTY_AUTH_ERROR")).toBe("done");
    expect(dead(4_000, 5_000, "CONTENT_REFUSED")).toBe("done");
    expect(dead(4_000, 5_000, "CREDENTIAL_REFUSED")).toBe("done");
  });

  test.each([
    { count: 1, resolved: 1, state: "owed" },
    { count: 999, resolved: 999, state: "owed" },
    { count: 600, resolved: 1_000, state: "owed" },
    { count: 601, resolved: 1_000, state: "withheld" },
    { count: 1_000, resolved: 1_000, state: "withheld" },
    { count: 6_000_000, resolved: 10_000_000, state: "owed" },
    { count: 6_000_001, resolved: 10_000_000, state: "withheld" },
  ])("of $count dead in $resolved is $state", ({ count, resolved, state }) => {
    expect(dead(count, resolved)).toBe(state);
    expect(dead(count, resolved, "INVALID_ARGUMENT")).toBe(state);
  });

  test("counts the dead of every code together, and no other rejections", () => {
    const rejected = { UNREGISTERED: 400, INVALID_ARGUMENT: 200, SENDER_ID_MISMATCH: 400 };
    expect(judgePruning(booksOf({ resolved: 1_000, rejected })).state).toBe("owed");
    const more = { ...rejected, INVALID_ARGUMENT: 201 };
    const withheld = judgePruning(booksOf({ resolved: 1_000, rejected: more }));
    expect(withheld.state).toBe("withheld");
    expect(withheld.reason).toContain("601 of 1000");
  });

  test("is believed to the share and from the size that were set", () => {
    const books = booksOf({ resolved: 10, rejected: { UNREGISTERED: 6 } });
    expect(judgePruning(books, { share: 0.5, from: 10 }).state).toBe("withheld");
    expect(judgePruning(books, { share: 0.5, from: 11 }).state).toBe("owed");
    expect(judgePruning(books, { share: 0.6, from: 10 }).state).toBe("owed");
  });
});

describe("a finished record", () => {
  const running = makeBroadcast("finish", { version: 7, owes: ["due"] });
  const NOW = START + 5;

  test("owes its answer, and its pruning where there is something to prune", () => {
    const books = booksOf({ resolved: 2, accepted: 1, rejected: { UNREGISTERED: 1 } });
    expect(finish(running, books, NOW)).toEqual({
      ...running,
      phase: "succeeded",
      finishedAt: NOW,
      books,
      pruning: { state: "owed", hintAt: NOW + PRUNING_HINT_MS },
      owes: ["finished", "prune"],
    });
  });

  test("owes no pruning where there is none, and none where it is withheld", () => {
    const clean = finish(running, booksOf({ resolved: 1, accepted: 1 }), NOW);
    expect(clean).toMatchObject({ pruning: { state: "done" }, owes: ["finished"] });
    const withheld = finish(running, booksOf({ resolved: 1_000, rejected: { UNREGISTERED: 1_000 } }), NOW);
    expect(withheld).toMatchObject({ phase: "failed", pruning: { state: "withheld" }, owes: ["finished"] });
    expect(withheld.fault).toBe("FCM accepted no message");
  });
});

describe("what all senders were answered of late", () => {
  test.each([
    ["nothing", [], false],
    ["nothing by any sender", [undefined, undefined], false],
    ["too little, all of it dead", [{ accepted: 0, dead: 999 }], false],
    ["enough, all of it dead", [{ accepted: 0, dead: 500 }, undefined, { accepted: 0, dead: 500 }], true],
    ["as many dead as is believed", [{ accepted: 400, dead: 600 }], false],
    ["one more", [{ accepted: 399, dead: 601 }], true],
    [
      "mostly dead by one sender, and not by all",
      [
        { accepted: 0, dead: 5_000 },
        { accepted: 5_000, dead: 0 },
      ],
      false,
    ],
    ["mostly a large broadcast that was believed by itself", [{ accepted: 4_100, dead: 5_900 }], false],
  ])("%s: doubted %o", (_, said, isDoubted) => {
    expect(doubtRecent(said) !== undefined).toBe(isDoubted);
  });

  test("is told in words", () => {
    const said = [
      { accepted: 150, dead: 1_000 },
      { accepted: 50, dead: 400 },
    ];
    expect(doubtRecent(said)).toContain("in the last hour FCM called 1400 of 1600 addresses dead");
  });
});
