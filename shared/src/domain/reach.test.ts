import { expect, test } from "vitest";
import { makeMembers } from "../testing/records.ts";
import { freshProgress, type Progress } from "./chunk.ts";
import { type Report, reportsOf } from "./reach.ts";

const ended = (outcome: Progress["outcomes"][number]): Progress => ({
  ...freshProgress(0),
  outcomes: { 0: outcome },
});
const open = (fields: Partial<Progress> = {}): Progress => ({ ...freshProgress(1), ...fields });

test.each<[name: string, progress: Progress, inHand: boolean, Report]>([
  ["accepted", freshProgress(0), false, { reach: "reached", outcome: "accepted", code: "" }],
  ["unknown", ended("unknown"), false, { reach: "unknown", outcome: "unknown", code: "" }],
  ["expired", ended("expired"), false, { reach: "unreached", outcome: "expired", code: "" }],
  ["cancelled", ended("cancelled"), true, { reach: "unreached", outcome: "cancelled", code: "" }],
  ["rejected", ended("rejected(A)"), false, { reach: "unreached", outcome: "rejected", code: "A" }],
  [
    "accepted in a chunk in hand",
    freshProgress(0),
    true,
    { reach: "reached", outcome: "accepted", code: "" },
  ],
  ["open", open(), false, { reach: "unreached", outcome: "open", code: "" }],
  ["open in a chunk in hand", open(), true, { reach: "unknown", outcome: "open", code: "" }],
  ["open after an attempt", open({ maybe: [0] }), false, { reach: "unknown", outcome: "open", code: "" }],
  ["unsure", open({ unsure: [0] }), false, { reach: "unknown", outcome: "open", code: "" }],
])("a member that is %s", (_, progress, inHand, report) => {
  expect(reportsOf({ members: makeMembers(1), progress, inHand })).toEqual([report]);
});
