import { describe, expect, test } from "vitest";
import { InvalidInput, type Problem } from "../errors.ts";
import { broadcastRequests, parseRequest, type WireRequest } from "./broadcast-requests.ts";

const MINIMAL: WireRequest = {
  caller: "shop",
  idempotencyKey: "order-1",
  content: { title: "Hello", text: "World" },
  audience: "all",
};

const parse = (fields: object) => parseRequest({ ...MINIMAL, ...fields }, "users");

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

describe("a request", () => {
  test("may be minimal", () => {
    expect(parseRequest(MINIMAL, "users")).toEqual({
      caller: "shop",
      idempotencyKey: "order-1",
      content: { title: "Hello", text: "World" },
      audience: {},
      at: null,
      onCrash: "repeat",
    });
  });

  test("may be full, and comes over the bus as it was", () => {
    const content = {
      ...{ title: "Hello", text: "World", image: "https://example.com/a.png", sound: "default" },
      ...{ initialPage: "Offer", parameterData: "{}", data: { a: "b" }, ttlSeconds: 60, badge: 1 },
      ...{ priority: "high", collapseId: "offer", channel: "news" },
    };
    const audience = { platforms: ["ios"], users: ["users/a"] };
    const at = "2027-01-31T18:00:00+01:00";
    const lane = { urgent: true, perMinute: 1 };
    const request = { ...MINIMAL, content, audience, at, onCrash: "miss", ...lane };
    const travelled = broadcastRequests.decode(broadcastRequests.encode(request).data);
    expect(parseRequest(travelled, "users")).toEqual({ ...request, at: Date.UTC(2027, 0, 31, 17) });
  });

  test.each<[string, unknown, string[]]>([
    ["nothing", undefined, [""]],
    ["a list", [], [""]],
    ["an empty object", {}, ["audience", "caller", "content", "idempotencyKey"]],
    ["no content", { ...MINIMAL, content: {} }, ["content.text", "content.title"]],
    ["an unknown field", { ...MINIMAL, title: "x" }, ["title"]],
    [
      "an unknown field of the content",
      { ...MINIMAL, content: { ...MINIMAL.content, body: "x" } },
      ["content.body"],
    ],
    ["an empty caller", { ...MINIMAL, caller: "" }, ["caller"]],
    ["too long a key", { ...MINIMAL, idempotencyKey: "x".repeat(201) }, ["idempotencyKey"]],
    [
      "data that is no text",
      { ...MINIMAL, content: { ...MINIMAL.content, data: { n: 1 } } },
      ["content.data.n"],
    ],
    ["an urgency of its own", { ...MINIMAL, urgent: "very" }, ["urgent"]],
    ["no messages a minute", { ...MINIMAL, perMinute: 0 }, ["perMinute"]],
    ["half a message a minute", { ...MINIMAL, perMinute: 0.5 }, ["perMinute"]],
    ["a limit that is no number", { ...MINIMAL, perMinute: "600" }, ["perMinute"]],
    ["another way to treat crashes", { ...MINIMAL, onCrash: "retry" }, ["onCrash"]],
    [
      "a priority of its own",
      { ...MINIMAL, content: { ...MINIMAL.content, priority: "low" } },
      ["content.priority"],
    ],
  ])("is refused with %s", (_, value, fields) => {
    const problems = problemsOf(value);
    expect(problems.map(({ field }) => field).sort()).toEqual(fields);
    for (const { message } of problems) expect(message).not.toBe("");
  });

  test("that says it is not urgent says nothing", () => {
    expect(parse({ urgent: false })).toEqual(parse({}));
  });

  test("may have a key of 200 characters", () => {
    expect(fieldsOf({ idempotencyKey: "x".repeat(200), caller: "y".repeat(200) })).toEqual([]);
  });

  test("has all problems of its form listed at once", () => {
    const value = {
      caller: 1,
      content: { title: 2, data: { a: 1, b: 2 } },
      audience: { platforms: [] },
      more: 3,
    };
    expect(
      problemsOf(value)
        .map(({ field }) => field)
        .sort(),
    ).toEqual([
      "audience.platforms",
      "caller",
      "content.data.a",
      "content.data.b",
      "content.text",
      "content.title",
      "idempotencyKey",
      "more",
    ]);
  });

  test("has all problems of its content and audience listed at once", () => {
    const content = { title: " ", text: "", data: { from: "x" } };
    const fields = fieldsOf({ content, audience: { users: ["posts/a", "users/b", "posts/c"] } });
    expect(fields).toEqual([
      "content.title",
      "content.text",
      "content.data.from",
      "audience.users",
      "audience.users",
    ]);
  });
});

describe("its time", () => {
  test.each([
    ["2027-01-31T18:00:00Z", Date.UTC(2027, 0, 31, 18)],
    ["2027-01-31T18:00:00.500Z", Date.UTC(2027, 0, 31, 18, 0, 0, 500)],
    ["2028-02-29T00:30:00-03:30", Date.UTC(2028, 1, 29, 4)],
  ])("%s is understood", (at, ms) => {
    expect(parse({ at }).at).toBe(ms);
  });

  test.each([
    "2027-01-31T18:00:00",
    "2027-01-31",
    "tomorrow",
    "",
    "2027-02-29T18:00:00Z",
    // In UTC it is the year 10000, which Firestore refuses.
    "9999-12-31T23:59:59-12:00",
    "2027-01-31T25:00:00Z",
    1_800_000_000_000,
    null,
  ])("%j is refused", (at) => {
    expect(fieldsOf({ at })).toEqual(["at"]);
  });

  test.each([
    ["2027-02-30T18:00:00Z", "names a day that does not exist: 2027-02-30"],
    ["2027-01-31T18:00:00", "has no zone, such as Z or +01:00"],
  ])("%s is refused with the reason", (at, message) => {
    expect(problemsOf({ ...MINIMAL, at })).toEqual([{ field: "at", message }]);
  });
});

describe("its audience", () => {
  test.each<[string, unknown, object]>([
    ["everybody", "all", {}],
    ["some platforms", { platforms: ["ios", "web"] }, { platforms: ["ios", "web"] }],
    ["users as FlutterFlow writes them", { users: "users/a,users/b" }, { users: ["users/a", "users/b"] }],
    [
      "users as people type them",
      { users: "/users/a, users/b,users/a ,,b," },
      { users: ["users/a", "users/b"] },
    ],
    ["listed users", { users: ["/users/a", "b", "users/a"] }, { users: ["users/a", "users/b"] }],
    ["both", { platforms: ["android"], users: ["a"] }, { platforms: ["android"], users: ["users/a"] }],
  ])("may be %s", (_, audience, expected) => {
    expect(parse({ audience }).audience).toEqual(expected);
  });

  test.each<[string, unknown, string[]]>([
    ["missing", undefined, ["audience"]],
    ["null", null, ["audience"]],
    ["another word", "everyone", ["audience"]],
    ["a list", ["users/a"], ["audience"]],
    ["empty", {}, ["audience"]],
    ["an unknown platform", { platforms: ["ios", "windows"] }, ["audience.platforms.1"]],
    ["FlutterFlow's spelling of a platform", { platforms: ["iOS"] }, ["audience.platforms.0"]],
    ["no platforms", { platforms: [] }, ["audience.platforms"]],
    ["no users", { users: [] }, ["audience.users"]],
    ["users that are a number", { users: 5 }, ["audience.users"]],
    ["a text without users", { users: " , " }, ["audience.users"]],
    ["a slash too many", { users: "users//a" }, ["audience.users"]],
    ["only empty users", { users: ["", " "] }, ["audience.users"]],
    ["a user that is no text", { users: ["a", 5] }, ["audience.users.1"]],
    ["another collection's documents", { users: ["posts/a"] }, ["audience.users"]],
    ["an unknown field", { users: ["a"], topic: "x" }, ["audience.topic"]],
    ["only an unknown field", { topics: ["x"] }, ["audience.topics"]],
    ["everybody and some", { all: true, users: ["posts/a"] }, ["audience"]],
    ["everybody and a platform", { all: true, platforms: ["ios"] }, ["audience"]],
    ["not everybody", { all: false }, ["audience.all"]],
  ])("is refused where it is %s", (_, audience, fields) => {
    expect(fieldsOf({ audience })).toEqual(fields);
  });

  const messagesOf = (audience: unknown) =>
    problemsOf({ ...MINIMAL, audience })
      .map(({ message }) => message)
      .join("\n");

  test("is refused with a word on what it may be", () => {
    const messageOf = (audience: unknown) => problemsOf({ ...MINIMAL, audience })[0]?.message;
    const forms = 'must be "all", or an object with platforms, users or both';
    expect(messageOf("everyone")).toBe(forms);
    expect(messageOf(undefined)).toBe(forms);
    expect(messageOf({})).toBe('names nobody; use "all" for everybody');
    expect(messageOf({ platforms: ["windows"] })).toBe("must be one of android, ios, web");
    expect(messageOf({ users: ["posts/a"] })).toBe('"posts/a" is not a document of users');
    expect(messageOf({ topic: "x" })).toBe("is not a field that Fanfare knows");
  });

  test("names twenty references that are refused, and counts the rest", () => {
    const users = Array.from({ length: 1_000 }, (_, index) => `posts/p${index}`);
    const message = messagesOf({ users });
    expect(message).toContain('"posts/p19" is not a document of users');
    expect(message).not.toContain("posts/p20");
    expect(message).toContain("980 more are not documents of users");
  });

  test("whose list would not fit its record is refused", () => {
    const users = Array.from({ length: 5_000 }, (_, index) => `users/${"u".repeat(200)}${index}`);
    expect(messagesOf({ users })).toMatch(
      /^takes \d+ bytes; beyond 900000 send several broadcasts, or one to/,
    );
    expect(parse({ audience: { users: users.slice(0, 4_000) } }).audience.users).toHaveLength(4_000);
  });

  test("may list 20,000 users, and no more", () => {
    const users = Array.from({ length: 20_001 }, (_, index) => `users/u${index}`);
    expect(parse({ audience: { users: users.slice(1) } }).audience.users).toHaveLength(20_000);
    expect(parse({ audience: { users: [...users.slice(1), users[1]] } }).audience.users).toHaveLength(20_000);
    expect(fieldsOf({ audience: { users } })).toEqual(["audience.users"]);
  });

  test("is that of the installation's own collection", () => {
    const request = { ...MINIMAL, audience: { users: ["a", "members/b"] } };
    expect(parseRequest(request, "members").audience).toEqual({ users: ["members/a", "members/b"] });
  });
});
