import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Books, countWhere, emptyBooks, enter, sum, type Tally, tallyOf } from "./books.ts";
import { type Outcome, rejected } from "./outcome.ts";

const OUTCOMES = ["accepted", "expired", "cancelled", "unknown", rejected("A"), rejected("B")] as const;
const outcomes = fc.array(fc.constantFrom<Outcome>(...OUTCOMES), { maxLength: 30 });

describe("a tally", () => {
  test("counts outcomes by kind and rejections by code", () => {
    const listed: Outcome[] = [
      "expired",
      rejected("A"),
      "unknown",
      rejected("B"),
      rejected("A"),
      "cancelled",
    ];
    expect(tallyOf(10, 1, listed)).toEqual({
      members: 10,
      accepted: 3,
      rejected: { A: 2, B: 1 },
      expired: 1,
      cancelled: 1,
      unknown: 1,
    });
  });

  test("counts whoever is listed as accepted like whoever is not listed", () => {
    expect(tallyOf(3, 0, ["accepted", "expired"])).toEqual(tallyOf(3, 0, ["expired"]));
  });

  test("always adds up to the members", () => {
    const property = fc.property(outcomes, fc.nat(20), fc.nat(20), (listed, open, unlisted) => {
      const members = listed.length + open + unlisted;
      const { accepted, rejected, expired, cancelled, unknown } = tallyOf(members, open, listed);
      expect(accepted + sum(rejected) + expired + cancelled + unknown + open).toBe(members);
      expect(accepted).toBe(unlisted + listed.filter((outcome) => outcome === "accepted").length);
    });
    fc.assert(property);
  });
});

describe("the books", () => {
  const tallies = fc.tuple(outcomes, fc.nat(20), fc.nat(9)).map(([listed, open, possibleRepeats]) => ({
    ...tallyOf(listed.length + open, open, listed),
    possibleRepeats,
  }));

  const total = (list: readonly Tally[]): Books => {
    const books = emptyBooks();
    for (const tally of list) enter(books, tally);
    return books;
  };

  test("of two chunks are the sum of both", () => {
    const one = { ...tallyOf(5, 2, [rejected("A"), "unknown"]), possibleRepeats: 3 };
    const two = {
      ...tallyOf(4, 0, [rejected("A"), rejected("B"), "expired", "cancelled"]),
      possibleRepeats: 1,
    };
    expect(total([one, two])).toEqual({
      ...emptyBooks(),
      resolved: 9,
      accepted: 1,
      rejected: { A: 2, B: 1 },
      expired: 1,
      cancelled: 1,
      unknown: 1,
      open: 2,
      possibleRepeats: 4,
    });
  });

  test("balance, whatever is entered, in whatever order", () => {
    const property = fc.property(fc.array(tallies, { maxLength: 10 }), (list) => {
      const books = total(list);
      const { resolved, accepted, rejected, expired, cancelled, unknown, open } = books;
      expect(accepted + sum(rejected) + expired + cancelled + unknown + open).toBe(resolved);
      expect(resolved).toBe(list.reduce((count, { members }) => count + members, 0));
      expect(open).toBeGreaterThanOrEqual(0);
      expect(total(list.toReversed())).toEqual(books);
    });
    fc.assert(property);
  });

  test("that are empty are empty each time", () => {
    enter(emptyBooks(), { ...tallyOf(1, 0, [rejected("A")]), possibleRepeats: 1 });
    expect(emptyBooks().rejected).toEqual({});
    expect(sum({})).toBe(0);
  });
});

test("members are counted by how they ended", () => {
  const property = fc.property(outcomes, fc.constantFrom<Outcome>(...OUTCOMES), (listed, wanted) => {
    const books = emptyBooks();
    enter(books, { ...tallyOf(listed.length, 0, listed), possibleRepeats: 0 });
    expect(countWhere(books, (outcome) => outcome === wanted)).toBe(
      listed.filter((outcome) => outcome === wanted).length,
    );
  });
  fc.assert(property);
});
