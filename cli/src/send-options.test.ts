import { InvalidInput } from "@fanfare/shared/errors";
import { parseRequest } from "@fanfare/shared/events/broadcast-requests";
import { describe, expect, test } from "vitest";
import { dataFolderOf, flagOf, requestOf, type SendOptions } from "./send-options.ts";

const LEAST: SendOptions = { title: "T", text: "X", audience: "all" };

type Given = { [Flag in keyof SendOptions]?: SendOptions[Flag] | undefined };

/** The request as the rules read it, with their problems named by flags. */
function parse(options: Given) {
  try {
    return parseRequest(requestOf({ ...LEAST, ...options } as SendOptions, "new-key"), "users");
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.problems.map(({ field, message }) => `${flagOf(field)}: ${message}`).join("\n");
  }
}

describe("flags become a request", () => {
  test.each<[string, Given, object]>([
    [
      "the least",
      {},
      { caller: "command", idempotencyKey: "new-key", audience: {}, at: null, onCrash: "repeat" },
    ],
    ["a key", { idempotencyKey: "mine" }, { idempotencyKey: "mine" }],
    ["a page", { page: "Home" }, { content: { title: "T", text: "X", initialPage: "Home" } }],
    ["numbers", { ttl: "60", badge: "0" }, { content: { title: "T", text: "X", ttlSeconds: 60, badge: 0 } }],
    ["a platform in any case", { audience: "iOS" }, { audience: { platforms: ["ios"] } }],
    [
      "users alone",
      { audience: undefined, users: "a, users/b," },
      { audience: { users: ["users/a", "users/b"] } },
    ],
    ["all and users", { users: "a" }, { audience: { users: ["users/a"] } }],
    [
      "users of a platform",
      { audience: "android", users: "a" },
      { audience: { platforms: ["android"], users: ["users/a"] } },
    ],
    ["on crash", { onCrash: "miss" }, { onCrash: "miss" }],
    ["a lane and a limit", { urgent: true, perMinute: "600" }, { urgent: true, perMinute: 600 }],
  ])("%s", (_, options, request) => {
    expect(parse(options)).toMatchObject(request);
  });
});

describe("--data is data where it has a =, and else the folder", () => {
  test.each<[string[], Record<string, string> | undefined, string | undefined]>([
    [["a=1"], { a: "1" }, undefined],
    [["folder"], undefined, "folder"],
    [["a=1", "folder", "b=2=3", "c="], { a: "1", b: "2=3", c: "" }, "folder"],
    [["url=https://a.b/c?d=e"], { url: "https://a.b/c?d=e" }, undefined],
  ])("%j", (data, pairs, folder) => {
    expect(parse({ data })).toMatchObject({ content: pairs ? { data: pairs } : {} });
    expect(dataFolderOf({ data })).toEqual(folder === undefined ? {} : { data: folder });
  });

  test("--data-dir names it as well, and may hold a =", () => {
    expect(dataFolderOf({ dataDir: "a=b", data: ["c=d"] })).toEqual({ data: "a=b" });
    expect(dataFolderOf({})).toEqual({});
  });

  test.each<[string, SendOptions]>([
    ["two of one kind", { data: ["one", "two"] }],
    ["one of each", { data: ["one"], dataDir: "two" }],
  ])("two folders are refused: %s", (_, options) => {
    expect(() => dataFolderOf(options)).toThrow('--data: names two folders, "one" and "two"');
  });
});

describe("--at", () => {
  const local = (text: string) => new Date(text).getTime();

  test.each([
    ["2030-01-31T18:00:00+01:00", Date.UTC(2030, 0, 31, 17)],
    ["2030-01-31T18:00+0130", Date.UTC(2030, 0, 31, 16, 30)],
    ["2030-01-31T18:00Z", Date.UTC(2030, 0, 31, 18)],
    ["2030-01-31 18:00:30.5-05:00", Date.UTC(2030, 0, 31, 23, 0, 30, 500)],
    ["2030-01-31T18:00", local("2030-01-31T18:00")],
    ["2030-01-31 18:00:01", local("2030-01-31T18:00:01")],
    ["2030-01-31", local("2030-01-31T00:00")],
    ["2028-02-29", local("2028-02-29T00:00")],
  ])("%s is a time", (at, time) => {
    expect(parse({ at })).toMatchObject({ at: time });
  });

  test.each(["", "tomorrow", "18:00", "2030-01-31T25:00", "1900000000"])("%j is none", (at) => {
    expect(parse({ at })).toBe(
      "--at: must be a date and time with its zone, such as 2027-01-31T18:00:00+01:00",
    );
  });
});

describe.each(["at", "deadline"])("--%s that is not a time", (flag) => {
  test.each([
    ["2030-02-30", "names a day that does not exist: 2030-02-30"],
    ["2030-02-29T10:00Z", "names a day that does not exist: 2030-02-29"],
    ["2030-13-01", "names a day that does not exist: 2030-13-01"],
    [
      "02/01/2030 10:00",
      "begins with the day or the month: write the year first, such as 2027-01-31T18:00:00+01:00",
    ],
  ])("%s is refused with the reason", (time, reason) => {
    expect(parse({ [flag]: time })).toBe(`--${flag}: ${reason}`);
  });
});

describe("what is wrong is named by its flag", () => {
  test.each<[Given, RegExp]>([
    [{ title: undefined }, /^--title: is missing/],
    [{ title: " " }, /^--title: must not be empty/],
    [{ text: undefined }, /^--text: is missing/],
    [{ image: "http://a.b/c.png" }, /^--image: must be a URL that starts with https/],
    [{ sound: "" }, /^--sound: must not be empty/],
    [{ parameterData: "[1]" }, /^--parameter-data: must be a JSON object/],
    [{ ttl: "soon" }, /^--ttl: must be a number/],
    [{ ttl: "" }, /^--ttl: must be a number/],
    [{ ttl: "1.5" }, /^--ttl: must be a whole number/],
    [{ ttl: "-1" }, /^--ttl: must be a whole number/],
    [{ badge: "0x10" }, /^--badge: must be a number/],
    [{ priority: "urgent" }, /^--priority: must be normal or high/],
    [{ collapseId: "x".repeat(65) }, /^--collapse-id: must be at most 64 bytes/],
    [{ channel: "" }, /^--channel: must not be empty/],
    [{ onCrash: "panic" }, /^--on-crash: must be repeat or miss/],
    [{ perMinute: "" }, /^--per-minute: must be a whole number/],
    [{ perMinute: "many" }, /^--per-minute: must be a whole number/],
    [{ perMinute: "1.5" }, /^--per-minute: must be a whole number/],
    [{ perMinute: "0" }, /^--per-minute: must be at least 1/],
    [{ idempotencyKey: "" }, /^--idempotency-key: must not be empty/],
    [{ audience: undefined }, /^--audience: is missing/],
    [{ audience: "everybody" }, /^--audience: must be all, android or ios, not "everybody"/],
    [{ audience: "" }, /^--audience: must be all, android or ios/],
    [{ users: "a/b/c" }, /^--users: "a\/b\/c" is not a document of users/],
    [{ users: "," }, /^--users: must list at least one user/],
    [{ data: ["from=x"] }, /^--data from: is a key that FCM keeps for itself/],
    [{ data: ["=x"] }, /^--data : a key must not be empty/],
    [{ data: ["a=1", "a=2"] }, /^--data a: is given twice/],
    [
      { text: "x".repeat(5_000) },
      /^payload \(--title, .*\): is \d+ bytes as sent, and FCM takes at most 4096/,
    ],
  ])("%j", (options, problem) => {
    expect(parse(options)).toMatch(problem);
  });
});
