import { expect, test } from "vitest";
import { judgeRun } from "./judge.ts";
import type { DemoReport } from "./report.ts";
import type { Device } from "./seed.ts";

const AUDIENCE: Device[] = (["fine", "fine", "dead", "foreign", "malformed"] as const).map((nature) => ({
  address: nature,
  platform: "ios",
  nature,
  documents: 1,
}));

const PRUNING = { pruned: 2, expected: 2, left: 0 };

/** The report of a run in which two members were repeated once. */
const REPORT: DemoReport = {
  broadcastId: "b",
  state: "succeeded",
  resolved: 5,
  accepted: 2,
  rejected: { UNREGISTERED: 1, SENDER_ID_MISMATCH: 1, INVALID_ARGUMENT: 1 },
  expired: 0,
  cancelled: 0,
  unknown: 0,
  open: 0,
  pruned: 2,
  possibleRepeats: 3,
  balanced: true,
  kills: 3,
  killsInFlight: 3,
  repeatsBound: 4,
  simulator: { accepted: 4, addresses: 2, repeats: 2, shownTwice: 0 },
  seconds: 1,
  perSecond: 5,
  phases: { seeding: 1, resolving: 1, sending: 1, pruning: 0, checking: 1 },
  peakRssMb: {},
  cpuSeconds: {},
};

const CHAOS = { chaos: true, faults: "all", emulators: false, flutterflow: false } as const;

function failing(
  report: Partial<DemoReport>,
  options: Parameters<typeof judgeRun>[3] = CHAOS,
  pruning = PRUNING,
) {
  const checks = judgeRun({ ...REPORT, ...report }, AUDIENCE, pruning, options);
  return checks.filter(({ holds }) => !holds).map(({ text }) => text);
}

test("a good run passes every check", () => {
  expect(failing({})).toEqual([]);
});

test.each<[Partial<DemoReport>, string]>([
  [{ balanced: false }, "the books balance, address by address"],
  [{ open: 1 }, "nothing is open"],
  [{ unknown: 1 }, "nothing is unknown"],
  [{ simulator: { ...REPORT.simulator, shownTwice: 1 } }, "no phone shows the notification twice"],
  [{ simulator: { ...REPORT.simulator, repeats: 4 } }, "every repeat was counted beforehand"],
  [{ possibleRepeats: 5 }, "every repeat was counted beforehand"],
  [{ killsInFlight: 2 }, "the sender was killed at least 3 times in mid-send"],
])("%j does not pass", (report, text) => {
  expect(failing(report)).toEqual([text]);
});

test.each<Partial<DemoReport>>([
  { state: "failed" },
  { accepted: 1 },
  { rejected: { ...REPORT.rejected, UNREGISTERED: 2 } },
  { rejected: { UNREGISTERED: 1, SENDER_ID_MISMATCH: 2 } },
])("an outcome other than what was seeded does not pass: %j", (report) => {
  expect(failing(report)).toEqual(["the live were accepted, and all others rejected for what they are"]);
});

test("pruning too few, too many or others does not pass", () => {
  const text = "exactly the dead were pruned";
  expect(failing({}, CHAOS, { pruned: 1, expected: 2, left: 1 })).toEqual([text]);
  expect(failing({}, CHAOS, { pruned: 3, expected: 2, left: 0 })).toEqual([text]);
  expect(failing({}, CHAOS, { pruned: 2, expected: 2, left: 1 })).toEqual([text]);
});

test("without chaos and unsure answers nobody may be sent to twice", () => {
  expect(failing({}, { chaos: false, faults: "some", emulators: false, flutterflow: false })).toEqual([
    "nobody was sent to twice",
  ]);
  expect(failing({ kills: 2 }, { ...CHAOS, emulators: true, flutterflow: false })).toEqual([
    "at least 3 processes were killed",
  ]);
  expect(failing({ killsInFlight: 2 }, { ...CHAOS, emulators: true, flutterflow: false })).toEqual([]);
  expect(
    failing({ killsInFlight: 0 }, { chaos: false, faults: "all", emulators: false, flutterflow: false }),
  ).toEqual([]);
});

test("a broadcast that nobody could get has failed, and one to nobody has not", () => {
  const dead = AUDIENCE.filter(({ nature }) => nature === "dead");
  const report = { ...REPORT, accepted: 0, rejected: { UNREGISTERED: 1 } };
  const holds = (state: DemoReport["state"], audience: Device[], rejected: Record<string, number>) =>
    judgeRun({ ...report, state, rejected }, audience, PRUNING, CHAOS).every((check) => check.holds);
  expect(holds("failed", dead, { UNREGISTERED: 1 })).toBe(true);
  expect(holds("succeeded", dead, { UNREGISTERED: 1 })).toBe(false);
  expect(holds("succeeded", [], {})).toBe(true);
});
