import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TerminalError } from "../errors.ts";
import { MAX_JSON_DEPTH, MAX_JSON_VALUES, parseJson } from "./parse-json.ts";

/** The error that parsing a text throws. */
function failure(text: string): TerminalError {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof TerminalError) return error;
    throw error;
  }
  throw new Error("it was parsed");
}

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("a JSON bomb is refused before it is parsed", () => {
  // Each is not JSON at its end: had it come to JSON.parse, it would be NOT_JSON.
  test.each([
    ["ten million brackets", "[".repeat(10_000_000)],
    ["ten million braces", '{"a":'.repeat(2_000_000)],
    ["one level too many", `${nested(MAX_JSON_DEPTH + 1)}!`],
    ["a long list of empty objects", `[${"{},".repeat(MAX_JSON_VALUES)}`],
    ["a long list of numbers", `[${"1,".repeat(3_000_000)}`],
    ["an object of many keys", `{${'"a":1,'.repeat(MAX_JSON_VALUES)}`],
    ["levels that follow a text with an escaped quote", `["\\"]",${"[".repeat(MAX_JSON_DEPTH)}!`],
  ])("%s", (_, text) => {
    expect(failure(text)).toMatchObject({ code: "JSON_TOO_LARGE" });
  });
});

describe("what is ordinary is parsed", () => {
  test.each([
    ["as many levels as may be", nested(MAX_JSON_DEPTH)],
    ["20,000 listed users", JSON.stringify(Array.from({ length: 20_000 }, (_, index) => `users/${index}`))],
    ["brackets and commas within a text", JSON.stringify({ a: "[{,".repeat(MAX_JSON_VALUES) })],
    ["a text that ends with a backslash", JSON.stringify(["\\", '\\"[', '"'])],
  ])("%s", (_, text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test("any small value comes back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

test.each(["", "{", "<html>", "undefined", '{"v":1,', '"', '"\\', "]]]]", '{"fcmToken":"secret-token"'])(
  "the error for what is not JSON quotes nothing of it: %j",
  (text) => {
    const error = failure(text);
    expect(error).toMatchObject({ code: "NOT_JSON", message: "the text is not JSON" });
    expect(error.cause).toBeUndefined();
  },
);
