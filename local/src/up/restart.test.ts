import { expect, test } from "vitest";
import type { Child } from "../child.ts";
import { createRestarts, restartDelayMs } from "./restart.ts";

test.each([
  ["the first death", [7_000], 0],
  ["the fifth within a minute", [0, 1, 2, 3, 4], 0],
  ["the sixth within a minute", [1_000, 2_000, 3_000, 4_000, 5_000, 11_000], 50_000],
  ["the sixth after more than a minute", [0, 1, 2, 3, 4, 60_001], 0],
])("%s", (_, deaths, waitMs) => {
  expect(restartDelayMs(deaths)).toBe(waitMs);
});

test("a process is started again with a word, and not once all is to end", async () => {
  const ending = new AbortController();
  const said: string[] = [];
  let starts = 0;
  const child = { start: async () => void starts++ } as Partial<Child> as Child;
  const restart = createRestarts(ending.signal, (line) => said.push(line));
  await restart("sender 1", child, new Error("the sender ended by itself (SIGKILL)"));
  expect(said).toEqual(["the sender ended by itself (SIGKILL); it is started again"]);
  for (let deaths = 2; deaths <= 5; deaths++) await restart("sender 1", child, new Error("died"));
  const waiting = restart("sender 1", child, new Error("died"));
  expect(said.at(-1)).toMatch(/^died; it is started again in \d+ s$/);
  ending.abort();
  await waiting;
  await restart("sender 1", child, new Error("died"));
  expect({ starts, lines: said.length }).toEqual({ starts: 5, lines: 6 });
});
