import { describe, expect, test } from "vitest";
import { compare, linesOf, summaryOf } from "./compare.ts";

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

describe("fields that Fanfare does not know", () => {
  test("are named, whatever the verdict, and quoted if they are not plain", () => {
    const line = compare({ ...DOCUMENT, ignored: ["campaign", "a b\n!! c"] });
    expect(line).toMatchObject({ verdict: "unfinished", ignored: ["campaign", "a b\n!! c"] });
    expect(linesOf(line)).toEqual([
      `${DOCUMENT.path}: nothing is known yet`,
      '    fields that Fanfare does not know: campaign, "a b\\n!! c"',
    ]);
  });

  test("are not spoken of if there are none", () => {
    const line = compare({ ...DOCUMENT, theirs: { status: "succeeded", numSent: 5 }, ours });
    expect(line.ignored).toEqual([]);
    expect(linesOf(line)).toEqual([`${DOCUMENT.path}: same, audience 6`]);
  });
});

test("what a document says cannot make a line of its own", () => {
  const failed = { ...ours, status: "failed", error: "no\n!! b" };
  const line = compare({ ...DOCUMENT, path: "c/a\nb", theirs: { status: "succeeded" }, ours: failed });
  for (const text of [...linesOf(line), summaryOf([line])]) expect(text).not.toMatch(/\p{Cc}/u);
});

describe("the summary", () => {
  const compared = (error: string, theirs = { status: "succeeded", numSent: 3 }) =>
    compare({ ...DOCUMENT, theirs, ours: { ...ours, status: "failed", numSent: 0, error } });

  test("counts by reason what the functions sent and Fanfare would not, whatever values the reason quotes", () => {
    const lines = [
      compared("notification_image_url must start with https://"),
      compared('sender "users/a b" is not a document of users'),
      compared("user_refs lists 1001 users, and an app may notify 1,000 at a time"),
      compared("notification_image_url must start with https://"),
      compared('sender "x\\"y" is not a document of users'),
      compared("user_refs lists 20 users, and an app may notify 10 at a time"),
      compared("sender users/ada has asked for 300 notifications within an hour"),
      compared("notification_image_url must start with https://"),
    ];
    expect(summaryOf(lines)).toBe(
      "8 documents: 0 same, 8 different, 0 unfinished. 8 that the functions sent would have failed here: " +
        "3 notification_image_url must start with https://; 2 sender … is not a document of users; " +
        "2 user_refs lists … users, and an app may notify … at a time; " +
        "1 sender … has asked for … notifications within an hour.",
    );
  });

  test("leaves out what the functions sent to no device, or failed themselves", () => {
    const lines = [
      compared("r", { status: "succeeded", numSent: 0 }),
      compared("r", { status: "failed", numSent: 0 }),
      compare({ ...DOCUMENT, ours: { ...ours, status: "failed" } }),
    ];
    expect(summaryOf(lines)).toBe("3 documents: 1 same, 1 different, 1 unfinished.");
  });

  test("names ten reasons, and says how many more there are", () => {
    const reasons = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index));
    expect(summaryOf(reasons.map((reason) => compared(reason)))).toContain("1 j; 2 more reasons.");
    expect(summaryOf([compared("x".repeat(3_000))])).toContain(`1 ${"x".repeat(100)}….`);
  });
});
