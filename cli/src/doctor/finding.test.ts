import { expect, test } from "vitest";
import { inWords } from "./finding.ts";

test.each([
  [0, "0 s"],
  [119_000, "119 s"],
  [120_000, "2 min"],
  [7_200_000, "2 h"],
  [200_000_000, "2 days"],
])("%i ms are %s", (ms, words) => {
  expect(inWords(ms)).toBe(words);
});
