import { expect, test } from "vitest";
import type { Broadcast } from "./broadcast.ts";
import { laneOf } from "./lane.ts";

const users = (count: number) => Array.from({ length: count }, (_, index) => `users/${index}`);

test.each<[string, Pick<Broadcast, "audience" | "urgent">, string]>([
  ["one listed user", { audience: { users: users(1) } }, "urgent"],
  ["500 listed users", { audience: { users: users(500), platforms: ["ios"] } }, "urgent"],
  ["501 listed users", { audience: { users: users(501) } }, "normal"],
  ["a platform", { audience: { platforms: ["web"] } }, "normal"],
  ["everybody", { audience: {} }, "normal"],
  ["members of an earlier one", { audience: { of: { broadcasts: ["b"], who: "seen" } } }, "normal"],
  ["everybody, urgently", { audience: {}, urgent: true }, "urgent"],
  ["one listed user, not urgently", { audience: { users: users(1) }, urgent: false }, "urgent"],
])("the lane of %s", (_, broadcast, lane) => {
  expect(laneOf(broadcast)).toBe(lane);
});
