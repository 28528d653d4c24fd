import { NO_FAULTS } from "@fanfare/simulator";
import { expect, test } from "vitest";
import { describeTrial, describeTrials } from "./report.ts";
import { drawStall, LEASES } from "./stall-plan.ts";
import type { TrialReport } from "./trial.ts";

const seeds = Array.from({ length: 60 }, (_, index) => String(index));

test("the same seed and lease give the same trial", () => {
  expect(drawStall("s", 5)).toEqual(drawStall("s", 5));
  expect(drawStall("s", 5)).not.toEqual(drawStall("s", 2));
});

test("over some trials everything happens that can, at each lease", () => {
  for (const lease of LEASES) {
    const plans = seeds.map((seed) => drawStall(seed, lease));
    expect(new Set(plans.map(({ stop }) => stop)).size).toBe(2);
    expect(new Set(plans.map(({ stalled }) => stalled)).size).toBe(2);
    expect(new Set(plans.map(({ pressure }) => pressure)).size).toBe(5);
    const set = plans.flatMap(({ faults }) => Object.keys(faults));
    expect([...new Set(set)].filter((name) => !(name in NO_FAULTS))).toEqual([]);
  }
});

const { faults: _, ...plan } = drawStall("7", 5);
const KEPT: TrialReport = { ...plan, findings: [], late: { begun: 0, whole: 0 }, books: null };
const BROKEN: TrialReport = { ...KEPT, findings: ["one"], late: { begun: 2, whole: 3 } };

test("a trial is one line, unless it failed: then it tells how to play it again", () => {
  expect(describeTrial(KEPT)).toMatch(/^✓ seed 7, lease 5 s: /);
  const lines = describeTrial(BROKEN).split("\n");
  expect(lines.slice(1)).toEqual(["  one", "  again: npm run stops -- --stall --seed 7 --lease 5"]);
});

test("the last word says what went out late at each lease", () => {
  expect(describeTrials([KEPT, { ...BROKEN, leaseSeconds: 30 }, BROKEN])).toBe(
    "lease 5 s: 2 trials, 1 failed, 3 messages went out after a stop\n" +
      "lease 30 s: 1 trial, 1 failed, 3 messages went out after a stop",
  );
});
