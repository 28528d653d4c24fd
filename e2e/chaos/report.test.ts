import { expect, test } from "vitest";
import { readOptions } from "./options.ts";
import { describeAll, describeRound, makeReport } from "./report.ts";
import type { RoundResult } from "./round.ts";

const OPTIONS = readOptions({ rounds: "10", seed: "s" });
const KEPT: RoundResult = {
  kind: "kept",
  report: {
    broadcasts: 2,
    members: 900,
    kills: 1,
    stalls: 2,
    clockSteps: 1,
    lost: 2,
    doubled: 3,
    delayed: 4,
    faults: 5,
    refused: 3,
    held: true,
    repeats: 6,
    possibleRepeats: 7,
    pruned: 8,
    refreshed: 9,
    seconds: 1.5,
  },
};
const BROKEN: RoundResult = { kind: "broken", findings: ["one", "two"], data: "/folder" };

test("a report adds up the rounds that passed, and tells how to play the others again", () => {
  const results = [KEPT, BROKEN, KEPT].map((result, index) => ({ round: index + 1, result }));
  const report = makeReport(OPTIONS, results, 7);
  expect(report).toMatchObject({ seed: "s", rounds: 3, passed: 2, seconds: 7 });
  expect(report.totals).toMatchObject({
    members: 1_800,
    kills: 2,
    stalls: 4,
    clockSteps: 2,
    held: 2,
    refreshed: 18,
  });
  const command = "npm run chaos -- --seed s --round 2";
  expect(report.failures).toEqual([{ round: 2, command, findings: ["one", "two"], data: "/folder" }]);
  expect(describeAll(report)).toBe(
    "2 of 3 rounds of seed s kept every promise in 7 s:\n" +
      "2 kills, 4 stalls, 2 clock steps, messages 4 lost, 6 doubled, 8 late, 10 faults, 6 refused, 1800 members.\n" +
      `Round 2 did not. Again: ${command}`,
  );
});

test("a round is one line, unless it failed", () => {
  expect(describeRound(4, KEPT, OPTIONS)).toBe(
    "✓ round 4: 2 broadcasts to 900 members; 1 kill; 2 stalls; 1 clock step; messages 2 lost, 3 doubled, 4 late; 5 faults, 3 refused; held; " +
      "6 repeats of 7 possible; 8 pruned, 9 refreshed; 1.5 s",
  );
  expect(describeRound(4, BROKEN, OPTIONS)).toBe(
    "✗ round 4:\n    one\n    two\n  left in /folder\n  again: npm run chaos -- --seed s --round 4",
  );
});
