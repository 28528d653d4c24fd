import { expect, test } from "vitest";
import { ConfigError, InvalidInput, RetryableError, TerminalError } from "../errors.ts";
import { describeFailure } from "./describe-failure.ts";

const SECRET = "secret-address";

test.each<[string, unknown, object]>([
  ["ours that may pass", new RetryableError("BUSY", "later"), { code: "BUSY", message: "later" }],
  ["ours that lasts", new TerminalError("GONE", "for good"), { code: "GONE", message: "for good" }],
  ["a wrong setting", new ConfigError("FANFARE_X: is missing"), { message: "FANFARE_X: is missing" }],
  [
    "bad input",
    new InvalidInput([{ field: SECRET, message: `${SECRET} is not a user` }]),
    { code: "INVALID_INPUT", problems: 1 },
  ],
  ["one of others", new TypeError(`no place for ${SECRET}\nnor for ${SECRET}`), { name: "TypeError" }],
  ["one of a vendor", Object.assign(new Error(SECRET), { code: 14 }), { code: 14 }],
  ["what is not an error", SECRET, { type: "string" }],
])("a failure is described without what it may quote: %s", (_, error, expected) => {
  const wrapped = new RetryableError("OUTER", "failed", { cause: error });
  expect(describeFailure(error)).toMatchObject(expected);
  expect(describeFailure(wrapped)).toMatchObject({ code: "OUTER", cause: expected });
  expect(JSON.stringify(describeFailure(wrapped))).not.toContain(SECRET);
});

test("the place of a failure is told", () => {
  expect(describeFailure(new Error(SECRET))).toMatchObject({
    stack: expect.stringMatching(/^\s+at .*\.ts:\d+/),
  });
});
