import type { Phase, Pruning } from "@fanfare/shared/domain/broadcast";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { expect, test } from "vitest";
import { followPhases, type SeenBroadcast } from "./phases.ts";

/** What a look sees: how many ranges there are, how many of them are open, and how far the broadcast is. */
type Look = [ranges: number, openRanges: number, phase: Phase, pruning: Pruning["state"]];

function see([ranges, openRanges, phase, state]: Look): SeenBroadcast {
  return {
    broadcast: makeBroadcast("demo", { phase, pruning: { state } }),
    standing: { ranges, openRanges },
  };
}

/** Looks once a second; what comes of each look. */
function follow(...looks: Look[]) {
  let time = 5_000;
  const phases = followPhases(() => time);
  return looks.map((look) => {
    time += 1_000;
    return phases.note(see(look));
  });
}

test("phases end at the looks that see them over", () => {
  const looks = follow(
    [0, 0, "running", "none"],
    [1, 1, "running", "none"],
    [4, 1, "running", "none"],
    [4, 0, "running", "none"],
    [4, 0, "running", "none"],
    [4, 0, "succeeded", "owed"],
    [4, 0, "succeeded", "done"],
  );
  expect(looks.slice(0, -1).every((look) => look === null)).toBe(true);
  expect(looks.at(-1)).toEqual({ resolving: 4, sending: 6, pruning: 1 });
});

test("where one look sees everything over at once, nothing is left for pruning", () => {
  expect(follow([1, 0, "succeeded", "withheld"])).toEqual([{ resolving: 1, sending: 1, pruning: 0 }]);
});
