import { expect, test } from "vitest";
import { describeUnknown } from "./describe-unknown.ts";

test("types are quoted and cut: they are any client's words", () => {
  const types = ["FCM", "", "a\u001b[2J\n\u202e", "\u{1F600}".repeat(50)].map((type) => ({
    type,
    registrations: 2,
  }));
  const text = describeUnknown({ registrations: 11, types, others: 3 });
  expect(text).toBe(
    `"FCM" (2), "" (2), "a\\u001b[2J\\n\\u202e" (2), "${"\u{1F600}".repeat(40)}…" (2), others (3)`,
  );
});
