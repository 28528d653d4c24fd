import { describe, expect, test } from "vitest";
import { isCalledOff, isOpen, mayAnswer } from "./flutterflow-status.ts";

describe("a status that asks to be sent", () => {
  test.each([undefined, null, "", "started"])("%j", (status) => {
    expect(isOpen(status)).toBe(true);
  });

  test.each([
    ...["succeeded", "failed", "cancelled", "canceled", "draft", "sent", "pending", "scheduled", "unread"],
    ...["Started", "started ", " ", 0, false, 1, {}, ["started"]],
  ])("and one that does not: %j", (status) => {
    expect(isOpen(status)).toBe(false);
  });

  test("others are, by a setting, as they are spelled", () => {
    const more = new Set(["pending"]);
    expect([isOpen("pending", more), isOpen("Pending", more), isOpen("started", more)]).toEqual([
      ...[true, false, true],
    ]);
  });
});

test("only two statuses stop what is under way", () => {
  expect(["cancelled", "canceled"].map(isCalledOff)).toEqual([true, true]);
  const others = ["read", "Cancelled", "draft", "failed", "succeeded", "", null, undefined];
  expect(others.map(isCalledOff)).not.toContain(true);
});

test("an answer takes the place of the status that the document was taken with, and of no other", () => {
  const statuses = [undefined, null, "", "started", "pending", "read", "cancelled", "succeeded"];
  const over = (taken: string | undefined) => statuses.filter((status) => mayAnswer(status, taken));
  expect(over(undefined)).toEqual([undefined, null, "", "started"]);
  expect(over("pending")).toEqual(["pending"]);
});
