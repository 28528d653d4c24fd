import { expect, test } from "vitest";
import { createTokens, NO_AUTHORIZATION } from "./tokens.ts";

const rules = { ...NO_AUTHORIZATION, tokens: ["a", "b"], withoutRights: ["reader"] };

test.each([
  ["Bearer a", "granted"],
  ["bearer b", "granted"],
  ["Bearer c", "unknown"],
  ["Bearer reader", "without-rights"],
  ["Basic a", "missing"],
  ["Bearer", "missing"],
  ["Bearer a b", "missing"],
  ["", "missing"],
  [undefined, "missing"],
])("%j is %s", (header, verdict) => {
  expect(createTokens(() => 0).judge(header, rules)).toBe(verdict);
});

test("where none is asked for anything will do, but for a token without rights", () => {
  const tokens = createTokens(() => 0);
  const none = { ...NO_AUTHORIZATION, withoutRights: ["reader"], messages: 0 };
  expect(tokens.judge(undefined, none)).toBe("granted");
  expect(tokens.judge("Bearer x", none)).toBe("granted");
  expect(tokens.judge("Bearer reader", none)).toBe("without-rights");
});

test("a token expires after so many messages, each for itself", () => {
  const tokens = createTokens(() => 0);
  const twice = { ...rules, messages: 2 };
  const judge = (header: string) => tokens.judge(header, twice);
  expect(["Bearer a", "Bearer a", "Bearer a", "Bearer b", "Bearer a"].map(judge)).toEqual([
    "granted",
    "granted",
    "expired",
    "granted",
    "expired",
  ]);
});

test("a token expires so many seconds after its first message", () => {
  let nowMs = 5_000;
  const tokens = createTokens(() => nowMs);
  const brief = { ...rules, seconds: 10 };
  expect(tokens.judge("Bearer a", brief)).toBe("granted");
  nowMs += 9_999;
  expect(tokens.judge("Bearer a", brief)).toBe("granted");
  nowMs += 1;
  expect(tokens.judge("Bearer a", brief)).toBe("expired");
  expect(tokens.judge("Bearer b", brief)).toBe("granted");
});
