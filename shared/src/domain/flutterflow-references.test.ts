import { describe, expect, test } from "vitest";
import { fromApp, fromConsole, refusal } from "../testing/read-document.ts";

describe("user_refs is read however it is written", () => {
  test.each([
    ["users/ada", ["users/ada"]],
    ["/users/ada", ["users/ada"]],
    [" users/ada , users/bob", ["users/ada", "users/bob"]],
    ["users/ada,", ["users/ada"]],
    ["users//ada", ["users/ada"]],
    ["users/ada/", ["users/ada"]],
    ["ada", ["ada"]],
    ["projects/p/databases/(default)/documents/users/ada", ["users/ada"]],
    [
      ["users/ada", "/users/bob"],
      ["users/ada", "users/bob"],
    ],
    [["users/ada", null, ""], ["users/ada"]],
    ["users/ada,/users/ada, users//ada,users/bob,users/ada/", ["users/ada", "users/bob"]],
    [["users/ada", "projects/p/databases/(default)/documents/users/ada", "users/ada"], ["users/ada"]],
    // Documents' ids, whatever they resemble.
    ["users/null,nulla", ["users/null", "nulla"]],
  ])("%j", (written, users) => {
    expect(fromApp({ user_refs: written }).audience).toEqual({ users });
  });

  test.each([
    "[]",
    "[ ]",
    "{}",
    "null",
    " NULL ",
    "undefined",
    "None",
    "nil",
    "NaN",
    "false",
    '""',
    "''",
    "[null]",
    '["ada"]',
    "[object Object]",
    "(null)",
  ])("but %j, which stands for a reference that was lost, is refused by name", (written) => {
    const reason = `user_refs ${JSON.stringify(written.trim())} is not a reference to a user`;
    for (const read of [fromApp, fromConsole])
      expect(refusal(() => read({ user_refs: written }))).toBe(reason);
    expect(refusal(() => fromApp({ user_refs: [written] }))).toBe(reason);
    expect(refusal(() => fromApp({ user_refs: `users/ada,${written}` }))).toBe(reason);
    expect(refusal(() => fromConsole({ user_refs: written, target_audience: undefined }))).toBe(reason);
  });

  test("and of many lost references some are named", () => {
    const reason = refusal(() =>
      fromApp({ user_refs: Array.from({ length: 25 }, (_, index) => `[${index}]`) }),
    );
    expect(reason).toContain('user_refs "[19]" is not a reference to a user; ');
    expect(reason).toMatch(/user_refs 5 more are not references to users$/);
  });

  test("an array without an entry lists no user, as an empty text does", () => {
    for (const user_refs of [[], [null], [""]]) expect(fromApp({ user_refs }).audience).toBeNull();
  });

  test.each([[7], [{ a: 1 }], [["users/ada", 7]]])("but %j is refused", (written) => {
    expect(refusal(() => fromApp({ user_refs: written }))).toBe(
      "user_refs must be user documents' paths, separated by commas",
    );
  });
});
