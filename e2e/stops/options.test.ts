import { expect, test } from "vitest";
import { type Flags, readPlays } from "./options.ts";

test("ten seeds are cancelled once and paused once", () => {
  const plays = readPlays({});
  expect(plays).toHaveLength(20);
  expect(plays.slice(0, 2)).toEqual([
    { kind: "cancel", seed: "1", registrations: 200_000 },
    { kind: "pause", seed: "1", registrations: 200_000 },
  ]);
  expect(readPlays({ seed: "x", kind: "pause" })).toMatchObject([{ kind: "pause", seed: "x" }]);
});

test("thirty trials are ten at each lease, each of which a seed and a lease play again", () => {
  const plays = readPlays({ stall: true });
  const at = (lease: number) =>
    plays.flatMap((one) => (one.kind === "stall" && one.leaseSeconds === lease ? [one.seed] : []));
  const seeds = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
  expect([at(2), at(5), at(30)]).toEqual([seeds, seeds, seeds]);
  const again = readPlays({ stall: true, seed: "7", lease: "5" });
  expect(again).toEqual([{ kind: "stall", seed: "7", leaseSeconds: 5, registrations: 8_000 }]);
});

test.each<[Flags, RegExp]>([
  [{ trials: "3" }, /^--trials: is only for --stall/],
  [{ lease: "5" }, /^--lease: is only for --stall/],
  [{ stall: true, kind: "pause" }, /^--kind: is not for --stall/],
  [{ stall: true, seeds: "2" }, /^--seeds: is not for --stall/],
  [{ stall: true, lease: "0" }, /^--lease: must be a whole number/],
  [{ seeds: "many" }, /^--seeds: /],
])("%j is refused, naming the flag", (flags, message) => {
  expect(() => readPlays(flags)).toThrow(message);
});
