import { emptyBooks } from "@fanfare/shared/domain/books";
import { describe, expect, test } from "vitest";
import { checkBooks, checkLists, checkStop, type Lists } from "./judge.ts";

const AUDIENCE = ["a", "b", "c"].map((address) => {
  return { address, platform: "ios" as const, nature: "fine" as const, documents: 1 };
});
const LISTS: Lists = { reached: ["a"], unreached: ["b"], unknown: ["c"] };
const LOG = new Map([["a", { accepted: 1, answers: ["200"] }]]);
const BOOKS = { ...emptyBooks(), resolved: 2, accepted: 1, unknown: 1, unresolvedAbout: 2 };

test.each([
  [5, 5, []],
  [7, 5, ["2 messages were begun after the stop was acknowledged"]],
  [5, 6, ["1 messages were sent after the stop was acknowledged"]],
])("a stop after which %i are begun and %i are whole, of 5, is judged by both", (begun, attempts, found) => {
  expect(checkStop({ sent: { begun: 5, attempts: 5 }, afterwards: { begun, attempts } })).toEqual(found);
});

describe("lists", () => {
  test("that are the audience and agree with FCM are right", () => {
    expect(checkLists(AUDIENCE, LISTS, LOG)).toEqual([]);
    expect(checkLists(AUDIENCE, LISTS, new Map([...LOG, ["c", { accepted: 2, answers: [] }]]))).toEqual([]);
  });

  test.each<[string, Partial<Lists>, string]>([
    ["leave somebody out", { unreached: [] }, "1 addresses of the audience are on no list"],
    ["name somebody twice", { unknown: ["b", "c"] }, "1 addresses are listed twice"],
    ["name a stranger", { unreached: ["b", "d"] }, "1 addresses are listed that are not of the audience"],
    [
      "call reached who was not",
      { reached: ["a", "b"], unreached: [] },
      "one is reached, and FCM saw nothing",
    ],
    ["call unreached who was", { reached: [], unreached: ["a", "b"] }, "one is unreached, and FCM saw 200"],
  ])("that %s are wrong", (_, fields, words) => {
    expect(checkLists(AUDIENCE, { ...LISTS, ...fields }, LOG)).toEqual([words]);
  });
});

describe("books", () => {
  test("that agree with the lists are right, though nobody knows just how many were never resolved", () => {
    expect(checkBooks(BOOKS, LISTS)).toEqual([]);
    expect(checkBooks({ ...BOOKS, resolved: 3, unresolvedAbout: 0 }, LISTS)).toEqual([]);
  });

  test.each([{ accepted: 0 }, { unknown: 0 }, { open: 1 }, { unresolvedAbout: 0 }, { resolved: 4 }])(
    "with %j are wrong",
    (fields) => {
      expect(checkBooks({ ...BOOKS, ...fields }, LISTS)).toHaveLength(1);
    },
  );
});
