import { afterEach, beforeEach, expect, test } from "vitest";
import type { Audience } from "../domain/broadcast.ts";
import { makeDocument } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { estimateAudience, readsOfCount } from "./estimate.ts";

let store: TestStore;
beforeEach(async () => {
  store = createStore();
  await store.registrations.put([
    makeDocument("ada", "a", { deviceType: "iOS" }),
    makeDocument("ada", "b", { path: "users/ada/fcm_tokens/second" }),
    makeDocument("bob", "b"),
    makeDocument("eve", "c", { deviceType: "ios" }),
    makeDocument("none", null),
  ]);
});
afterEach(() => store.close());

test.each<[name: string, Audience, registrations: number, usersWithout: string[], estimate: number]>([
  ["everybody", {}, 4, [], 1],
  ["a platform", { platforms: ["ios"] }, 2, [], 1],
  ["users", { users: ["users/nobody", "users/ada", "users/none"] }, 2, ["users/nobody", "users/none"], 3],
  ["users of a platform", { users: ["users/ada", "users/bob"], platforms: ["ios"] }, 1, ["users/bob"], 2],
])("an audience of %s", async (_, audience, registrations, usersWithout, estimate) => {
  const found = await estimateAudience(store, audience);
  expect(found).toMatchObject({ registrations, usersWithout, reads: { estimate } });
  expect(found.reads.resolve).toBeGreaterThanOrEqual(registrations);
});

test("nothing is read to count", async () => {
  const { count, countOwned } = store.registrations;
  const found = await estimateAudience({ ...store, registrations: { count, countOwned } }, {});
  expect(found.registrations).toBe(4);
});

test.each([
  [0, 1],
  [1, 1],
  [1_000, 1],
  [1_001, 2],
  [10_000_000, 10_000],
])("%i index entries are counted for %i reads", (entries, reads) => {
  expect(readsOfCount(entries)).toBe(reads);
});
