import { describe, expect, test } from "vitest";
import { z } from "zod";
import { InvalidInput, TerminalError } from "../errors.ts";
import { defineEvent, parseInput } from "./event.ts";

const event = defineEvent(
  "topic",
  z.strictObject({
    name: z.string("must be text"),
    list: z.array(z.strictObject({ n: z.number() })).optional(),
  }),
);

/** The error that decoding a message throws. */
function failure(data: string): unknown {
  try {
    event.decode(data);
  } catch (error) {
    return error;
  }
  throw new Error("it was decoded");
}

describe("an event", () => {
  test("comes back as it was sent", () => {
    const value = { name: "Grüße 👋🏽 \u0000 \ud83d\ude00", list: [{ n: 1.5 }, { n: -2 }] };
    const { data, attributes } = event.encode(value);
    expect(event.decode(data)).toEqual(value);
    expect(attributes).toBeUndefined();
    expect(event.topic).toBe("topic");
  });

  test("carries its version", () => {
    expect(JSON.parse(event.encode({ name: "x" }).data)).toEqual({ v: 1, name: "x" });
  });

  test.each(["", "{", "<html>", "undefined", '{"v":1,'])(
    "that is no JSON can never be handled: %j",
    (data) => {
      const error = failure(data);
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({ code: "NOT_JSON" });
    },
  );

  test("that is a JSON bomb can never be handled", () => {
    expect(failure(`{"v":1,"name":${"[".repeat(40)}`)).toMatchObject({ code: "JSON_TOO_LARGE" });
  });

  test.each(["null", "7", '"x"', "[]", "true"])("that is no object can never be handled: %j", (data) => {
    expect(failure(data)).toBeInstanceOf(InvalidInput);
  });

  test.each([
    ["none", '{"name":"x"}'],
    ["a newer one", '{"v":2,"name":"x"}'],
    ["one before the first", '{"v":0,"name":"x"}'],
    ["a text", '{"v":"1","name":"x"}'],
  ])("of an unknown version can never be handled: %s", (_, data) => {
    const error = failure(data);
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code: "UNKNOWN_VERSION", message: expect.stringMatching(/^v: /) });
  });

  test("names every field at fault by its path, unknown ones too", () => {
    const error = failure('{"v":1,"list":[{"n":1},{"n":"x","more":1}],"other":1,"another":2}');
    expect(error).toBeInstanceOf(InvalidInput);
    const { code, problems, message } = error as InvalidInput;
    expect(code).toBe("INVALID_INPUT");
    const fields = ["another", "list.1.more", "list.1.n", "name", "other"];
    expect(problems.map(({ field }) => field).sort()).toEqual(fields);
    for (const field of fields) expect(message).toContain(`${field}: `);
    expect(problems).toContainEqual({ field: "name", message: "must be text" });
  });
});

test("input that holds is returned as its schema makes it", () => {
  const schema = z.object({ n: z.coerce.number(), more: z.string().default("x") });
  expect(parseInput(schema, { n: "5" })).toEqual({ n: 5, more: "x" });
});
