import { expect, test } from "vitest";
import { codeOf, rejected } from "./outcome.ts";
import { readProgress, writeProgress } from "./progress-record.ts";

/** As version 0.1.0 wrote it. */
const TEXT =
  '{"open":[3],"unsure":[],"maybe":[3],"outcomes":{"0":"rejected(UNREGISTERED)","1":"unknown","2":"expired",' +
  '"4":"cancelled","5":"rejected(UNREGISTERED)"},"refusals":{"trial":1,"said":[{"code":"CONTENT_REFUSED","says":"400","of":[3]}]}}';

test("a chunk's progress of version 0.1.0 is read, and is written as that version reads it", () => {
  const progress = readProgress(TEXT);
  const gone = rejected("UNREGISTERED");
  expect(progress.outcomes).toEqual({ 0: gone, 1: "unknown", 2: "expired", 4: "cancelled", 5: gone });
  expect(progress).toMatchObject({ open: [3], unsure: [], maybe: [3], refusals: { trial: 1 } });
  expect(writeProgress(progress)).toBe(TEXT);
});

test("members of a chunk that got the same code share one value, as there are many", () => {
  const members = Array.from({ length: 500 }, (_, index) => [index, "rejected(UNREGISTERED)"]);
  const text = JSON.stringify({ open: [], unsure: [], maybe: [], outcomes: Object.fromEntries(members) });
  const outcomes = Object.values(readProgress(text).outcomes);
  expect(outcomes.map(codeOf)).toEqual(Array(500).fill("UNREGISTERED"));
  expect(new Set(outcomes).size).toBe(1);
});
