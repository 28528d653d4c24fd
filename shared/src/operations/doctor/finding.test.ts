import { expect, test } from "vitest";
import { inWords, lineOf } from "./finding.ts";

test.each([
  [0, "0 s"],
  [119_000, "119 s"],
  [120_000, "2 min"],
  [7_200_000, "2 h"],
  [200_000_000, "2 days"],
])("%i ms are %s", (ms, words) => {
  expect(inWords(ms)).toBe(words);
});

test("a reason that quotes a line break does not make a line of its own", () => {
  const message = "is paused: its document has a\nok clock: fine\u202e";
  const line = lineOf({ check: "paused", ok: false, about: "b1", message });
  expect(line).toBe("!! paused: b1 is paused: its document has a\\u000aok clock: fine\\u202e");
});
