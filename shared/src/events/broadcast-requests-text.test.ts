import { describe, expect, test } from "vitest";
import { InvalidInput, type Problem } from "../errors.ts";
import { broadcastRequests, parseRequest, type WireRequest } from "./broadcast-requests.ts";

const MINIMAL: WireRequest = {
  caller: "shop",
  idempotencyKey: "order-1",
  content: { title: "Hello", text: "World" },
  audience: "all",
};

/** The problems for which a request is refused. */
function problemsOf(value: unknown): Problem[] {
  try {
    parseRequest(value, "users");
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems;
    throw error;
  }
  return [];
}
const fieldsOf = (fields: object) => problemsOf({ ...MINIMAL, ...fields }).map(({ field }) => field);
const parse = (fields: object) => parseRequest({ ...MINIMAL, ...fields }, "users");

const FULL = {
  ...MINIMAL,
  content: {
    ...{ title: "Hello", text: "World", image: "https://example.com/a.png", sound: "default" },
    ...{ initialPage: "Offer", parameterData: "{}", data: { a: "b" }, collapseId: "offer", channel: "news" },
  },
  audience: { platforms: ["ios"], users: ["users/a", "users/b"] },
  ...{ at: "2027-01-31T18:00:00Z", deadline: "2027-02-01T18:00:00Z", onCrash: "miss" },
};
/** Every text of a full request, as the path to it. */
const TEXTS = pathsIn(FULL);

function pathsIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...path, key]));
}

/** The full request with another value in one place. */
function changed(path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(FULL);
  let at = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) ?? ""] = value;
  return copy;
}

describe("text that cannot be stored", () => {
  test("is looked for in every text of the schema", () => {
    expect(TEXTS).toHaveLength(17);
    expect(problemsOf(FULL)).toEqual([]);
  });

  test.each(TEXTS.map((path) => [path.join("."), path] as const))("half of a pair in %s", (field, path) => {
    const message = "is not valid Unicode: half of a surrogate pair at character 6";
    expect(problemsOf(changed(path, "Hello\ud83d"))).toContainEqual({ field, message });
  });

  test("half of a pair in users as FlutterFlow writes them", () => {
    expect(fieldsOf({ audience: { users: "users/a,users/\ud83d" } })).toEqual(["audience.users"]);
  });

  test.each([
    ["caller"],
    ["idempotencyKey"],
    ["content", "image"],
    ["content", "sound"],
    ["content", "collapseId"],
    ["content", "channel"],
  ])("a control character in what becomes a name or a header: %s %s", (...path) => {
    for (const control of ["\0", "\n", "\x1b", "\x7f", "\x85"]) {
      const [problem] = problemsOf(changed(path, `https://example.com/${control}`));
      expect(problem?.field).toBe(path.join("."));
      expect(problem?.message).toMatch(/^holds a control character/);
    }
  });

  test("a control character in a user's path, or in a key of data", () => {
    expect(fieldsOf({ audience: { users: ["users/a\0b"] } })).toEqual(["audience.users"]);
    const content = { ...MINIMAL.content, data: { "a\nb": "x" } };
    expect(fieldsOf({ content })).toEqual(["content.data.a\nb"]);
  });

  test("text that people read may hold a line break or a bell", () => {
    const text = "one\n\ttwo\u0007";
    const content = { title: text, text, initialPage: text, data: { key: text } };
    expect(parse({ content }).content).toEqual(content);
  });

  test("__proto__ is refused as a key of data and beside known fields, and other keys are kept", () => {
    const data = JSON.parse('{"__proto__":"x","constructor":"y","prototype":"z"}');
    expect(fieldsOf({ content: { ...MINIMAL.content, data } })).toEqual(["content.data.__proto__"]);
    const kept = { constructor: "y", prototype: "z", toString: "t" };
    expect(parse({ content: { ...MINIMAL.content, data: kept } }).content.data).toEqual(kept);
    const text = JSON.stringify(MINIMAL).replace("{", '{"v":1,"__proto__":{"caller":"other"},');
    expect(() => broadcastRequests.decode(text)).toThrow("__proto__: is a key that cannot be used");
  });
});
