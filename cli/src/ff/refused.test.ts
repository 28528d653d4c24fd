import type { DocumentRefusal } from "@fanfare/shared/intake";
import { expect, test } from "vitest";
import { lineOf, summaryOf } from "./refused.ts";

const refusal = (fields: Partial<DocumentRefusal> = {}): DocumentRefusal => ({
  path: "ff_user_push_notifications/1",
  createdAt: 1,
  reason: "user_refs must be text",
  at: Date.UTC(2026, 10, 30),
  ...fields,
});
const left = refusal({ left: true, reason: "it was created 3 days ago", sender: "users/ada" });

test("a document that was left because it is too old is shown as such, and counted apart", () => {
  expect(lineOf(refusal({ sender: "users/ada" }))).toBe(
    "2026-11-30T00:00:00.000Z  ff_user_push_notifications/1, by users/ada: user_refs must be text",
  );
  expect(lineOf(left)).toContain("users/ada: left as it was: it was created 3 days ago");
  expect(summaryOf([refusal(), left, refusal({ sender: "users/bob" }), left])).toBe(
    "2 refused: 1 by users/bob. 2 left as they were, because they were too old.",
  );
  expect(summaryOf([refusal()])).toBe("1 refused.");
});

test("what a user wrote cannot make a line of its own", () => {
  const forged = refusal({
    path: "ff_user_push_notifications/a\n!! b",
    sender: "users/a\nb",
    reason: "no\u001b[2J",
  });
  for (const text of [lineOf(forged), summaryOf([forged])]) expect(text).not.toMatch(/\p{Cc}/u);
  expect(lineOf(forged)).toContain("a\\u000a!! b");
});
