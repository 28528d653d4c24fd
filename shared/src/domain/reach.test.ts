import { describe, expect, test } from "vitest";
import { makeMembers } from "../testing/records.ts";
import { freshProgress, type Progress } from "./chunk.ts";
import { rejected } from "./outcome.ts";
import { type Report, reportsOf } from "./reach.ts";

const ended = (outcome: Progress["outcomes"][number]): Progress => ({
  ...freshProgress(0),
  outcomes: { 0: outcome },
});
const open = (fields: Partial<Progress> = {}): Progress => ({ ...freshProgress(1), ...fields });

test.each<[name: string, progress: Progress, inHand: boolean, Omit<Report, "says">]>([
  ["accepted", freshProgress(0), false, { reach: "reached", outcome: "accepted", code: "" }],
  ["unknown", ended("unknown"), false, { reach: "unknown", outcome: "unknown", code: "" }],
  ["expired", ended("expired"), false, { reach: "unreached", outcome: "expired", code: "" }],
  ["cancelled", ended("cancelled"), true, { reach: "unreached", outcome: "cancelled", code: "" }],
  ["rejected", ended(rejected("A")), false, { reach: "unreached", outcome: "rejected", code: "A" }],
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
  expect(reportsOf({ members: makeMembers(1), progress, inHand })).toEqual([{ ...report, says: "" }]);
});

describe("FCM's words", () => {
  const said = [{ code: "CONTENT_REFUSED", says: "400 no", of: [0] }];
  const saysOf = (progress: Progress) =>
    reportsOf({
      members: makeMembers(1),
      progress: { ...progress, refusals: { trial: 0, said } },
      inHand: false,
    });

  test.each<[string, Progress, string]>([
    ["was rejected for that", ended(rejected("CONTENT_REFUSED")), "400 no"],
    ["is open, as nothing has decided yet", open(), "400 no"],
    ["ended otherwise before that", ended("cancelled"), "400 no"],
    ["was rejected for something else later", ended(rejected("UNREGISTERED")), ""],
    ["was accepted later", freshProgress(0), ""],
  ])("of a member that %s", (_, progress, says) => {
    expect(saysOf(progress)).toMatchObject([{ says }]);
  });

  test("are each member's own", () => {
    const refusals = {
      trial: 0,
      said: [...said, { code: "SENDER_ID_MISMATCH", says: "403 no", of: [2, 3] }],
    };
    const progress = { ...freshProgress(4), refusals };
    const reports = reportsOf({ members: makeMembers(4), progress, inHand: false });
    expect(reports.map(({ says }) => says)).toEqual(["400 no", "", "403 no", "403 no"]);
  });
});
