import { expect, test, vi } from "vitest";
import { playRound } from "./stops/round.ts";
import { TIMES } from "./stops/stage.ts";
import { playTrial } from "./stops/trial.ts";

for (const [name, value] of Object.entries(TIMES)) vi.stubEnv(name, value);

test("promise 8: a cancel stops, and everybody is listed by name, those who were never resolved too", async () => {
  const { findings, books } = await playRound("cancel", "3", 5_000);
  expect(findings).toEqual([]);
  expect(books).toMatchObject({ open: 0, cancelled: expect.any(Number) });
  expect((books?.cancelled ?? 0) + (books?.unresolvedAbout ?? 0)).toBeGreaterThan(0);
});

test("promise 8: a pause stops, whatever dies meanwhile, and nobody is lost when it is resumed", async () => {
  const { findings, books } = await playRound("pause", "3", 3_000);
  expect(findings).toEqual([]);
  expect(books).toMatchObject({ open: 0, unknown: 0, cancelled: 0, unresolvedAbout: 0 });
});

test("promise 8: a stop stops, though senders stall meanwhile: what waited inside them stays there when they wake", async () => {
  const { findings, late } = await playTrial("2", 2, 5_000);
  expect(findings).toEqual([]);
  expect(late).toEqual({ begun: 0, whole: 0 });
});
