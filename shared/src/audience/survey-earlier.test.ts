import { expect, test } from "vitest";
import { unreadCounter } from "../broadcasts/count-unread.ts";
import { emptyBooks } from "../domain/books.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { rangeId } from "../domain/ids.ts";
import { freshRange, type Range } from "../domain/range.ts";
import { makeBroadcast } from "../testing/records.ts";
import { surveyEarlier } from "./survey-earlier.ts";

const BOOKS = {
  ...emptyBooks(),
  accepted: 70,
  unknown: 2,
  expired: 9,
  cancelled: 4,
  rejected: { UNDELIVERED: 1, UNREGISTERED: 14 },
};

/** Broadcasts that have finished with these books, each with the ranges given. */
function depsOf(made: Record<string, Partial<Range>[]>) {
  const broadcasts = Object.keys(made).map((id): Broadcast => ({ ...makeBroadcast(id), id, books: BOOKS }));
  return {
    broadcasts: { get: async (id: string) => broadcasts.find((one) => one.id === id) ?? null },
    ledger: {
      ranges: async (id: string) =>
        (made[id] ?? []).map((fields, index) => ({
          ...freshRange(rangeId(id, index), { after: "", upTo: null }),
          state: "closed" as const,
          ...fields,
        })),
      chunks: async function* () {},
    },
    registrations: { count: async () => 0 },
  };
}

const reading = (read: number) => ({ counts: { read, withoutAddress: 0, late: 0 } });
const CUT: Partial<Range>[] = [
  { children: 3 },
  { span: { after: "", upTo: "f" }, ...reading(50) },
  { span: { after: "f", upTo: "m" }, ...reading(30), state: "dead", unreadAbout: 20 },
  { span: { after: "m", upTo: null }, state: "stopped", unreadAbout: 40 },
];

test("the books say how many were seen, and the ranges who was never resolved because they died", async () => {
  const deps = depsOf({ a: CUT, b: [{}] });
  const seen = await surveyEarlier(deps, { broadcasts: ["a", "b"], who: "seen" });
  expect(seen).toMatchObject({ count: 144, bounds: ["f", "m"] });
  expect((await surveyEarlier(deps, { broadcasts: ["a"], who: "retryable" })).count).toBe(30);
  expect((await surveyEarlier(deps, { broadcasts: ["none"], who: "seen" })).count).toBe(0);
});

test.each<[string, Partial<Range>, about: number]>([
  ["all of it, of which some is read", reading(12), 60],
  ["its first half", { span: { after: "", upTo: "f" } }, 36],
  ["the part that was not read then", { span: { after: "m", upTo: null } }, 1],
  ["more than was thought", reading(99), 1],
])("a range leaves its part of them unread: %s", async (_, fields, about) => {
  const deps = depsOf({ a: CUT });
  const countUnread = unreadCounter(deps, { of: { broadcasts: ["a"], who: "seen" } });
  const range = { ...freshRange(rangeId("c", 0), { after: "", upTo: null }), ...fields };
  expect(await countUnread(range)).toBe(about);
});
