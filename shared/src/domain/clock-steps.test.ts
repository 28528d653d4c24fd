import { expect, test } from "vitest";
import { START } from "../testing/clock.ts";
import { makeBroadcast } from "../testing/records.ts";
import { isRecent, writtenBack } from "./clock-steps.ts";
import { LONGEST_MS, PRUNING_HINT_MS } from "./phases.ts";

const DAY_MS = 86_400_000;
const AHEAD = START + 30 * DAY_MS;

test("times further ahead than they can be are written back to the furthest, not taken as passed, and once", () => {
  const standstill = { mark: "m", at: AHEAD - 5, lookedAt: AHEAD, why: "w" };
  const pruning = { state: "owed" as const, hintAt: AHEAD, cursor: "c" };
  const ahead = makeBroadcast("b", { endsAt: AHEAD, standstill, pruning });
  const back = writtenBack(ahead, START, LONGEST_MS);
  expect(back).toEqual({
    ...ahead,
    endsAt: START + LONGEST_MS,
    standstill: { ...standstill, at: START, lookedAt: START },
    pruning: { ...pruning, hintAt: START + PRUNING_HINT_MS },
  });
  expect(back && writtenBack(back, START, LONGEST_MS)).toBeNull();
  expect(back && writtenBack(back, START + DAY_MS, LONGEST_MS)).toBeNull();
});

test.each([
  ["an end", { endsAt: START + LONGEST_MS }, { endsAt: START + LONGEST_MS + 1 }],
  ["a look", look(START, START), look(START, START + 1)],
  ["progress", look(START, START), look(START + 1, START)],
  ["a hint", hint(START + PRUNING_HINT_MS), hint(START + PRUNING_HINT_MS + 1)],
])("%s at its furthest is left alone, and written back a millisecond later", (_, furthest, later) => {
  expect(writtenBack(makeBroadcast("b", furthest), START, LONGEST_MS)).toBeNull();
  expect(writtenBack(makeBroadcast("b", later), START, LONGEST_MS)).toEqual(makeBroadcast("b", furthest));
});

function look(at: number, lookedAt: number) {
  return { standstill: { mark: "m", at, lookedAt } };
}

function hint(hintAt: number) {
  return { pruning: { state: "owed" as const, hintAt } };
}

test("schedules and deadlines may lie as far ahead as their caller said, and nothing that is missing is made up", () => {
  const later = { phase: "scheduled" as const, dueAt: AHEAD, deadline: AHEAD + 1, releasedAt: null };
  expect(writtenBack(makeBroadcast("b", later), START, LONGEST_MS)).toBeNull();
});

test("what happened in a future further away than the time asked for did not only just happen", () => {
  const recent = [-5_000, -4_999, 0, 4_999, 5_000].map((ms) => isRecent(START - ms, START, 5_000));
  expect(recent).toEqual([false, true, true, true, false]);
});
