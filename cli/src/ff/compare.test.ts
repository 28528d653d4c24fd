import { expect, test } from "vitest";
import { compare } from "./compare.ts";

const DOCUMENT = { path: "ff_push_notifications/1", createdAt: 1, at: 1 };
const ours = {
  status: "succeeded",
  numSent: 5,
  audience: 6,
  rejected: { UNREGISTERED: 1 },
  withoutAddress: 0,
  notes: ["FCM refuses 1 addresses"],
};

test("equal answers are the same", () => {
  const theirs = { status: "succeeded", numSent: 5 };
  expect(compare({ ...DOCUMENT, theirs, ours })).toMatchObject({ verdict: "same", differences: [] });
});

test("other numbers are told, with why that may be", () => {
  const theirs = { status: "succeeded", numSent: 7 };
  expect(compare({ ...DOCUMENT, theirs, ours })).toMatchObject({
    verdict: "different",
    differences: ["num_sent: theirs 7, ours 5", "FCM refuses 1 addresses"],
  });
});

test("another status is told with its reason", () => {
  const theirs = { status: "succeeded", numSent: 0 };
  const failed = { ...ours, status: "failed", numSent: 0, error: "FCM accepted no message" };
  expect(compare({ ...DOCUMENT, theirs, ours: failed }).differences).toEqual([
    "status: theirs succeeded, ours failed (FCM accepted no message)",
  ]);
});

test("nothing can be said before both have answered", () => {
  expect(compare({ ...DOCUMENT, ours }).verdict).toBe("unfinished");
  expect(compare({ ...DOCUMENT, theirs: { status: "failed" } }).verdict).toBe("unfinished");
});
