import { RetryableError } from "@fanfare/shared/errors";
import { makeIdToken } from "@fanfare/shared/testing/google-accounts";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Bench, PROJECT, startBench } from "./testing/bench.ts";

const DEVICE = { userDocPath: "users/ada", fcmToken: "secret-address", deviceType: "iOS" };

let store: TestStore;
let bench: Bench;
/** What registering does, where a test says so. */
let register: TestStore["registrations"]["register"];
beforeEach(async () => {
  store = createStore();
  register = store.registrations.register;
  bench = await startBench({ ...store.registrations, register: (asked) => register(asked) });
});
afterEach(async () => {
  await bench.close();
  await store.close();
});

const JSON_TYPE = { "content-type": "application/json" };

async function post(headers: Record<string, string>, body: string) {
  const response = await bench.fetch("addFcmToken", { method: "POST", headers, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const failure = (code: number, status: string) => ({
  status: code,
  body: { error: { status, message: expect.any(String) } },
});

describe("who calls", () => {
  test("with a good token is answered with a result", async () => {
    expect(await bench.call("addFcmToken", "ada", DEVICE)).toEqual({
      status: 200,
      body: { result: "Successfully added FCM token!" },
    });
    expect(bench.lines).toEqual([]);
  });

  const expired = makeIdToken(PROJECT, "ada", { exp: 1_700_000_000, iat: 1_600_000_000 });
  test.each([
    `Bearer ${expired}`,
    `Bearer ${makeIdToken("another-project", "ada")}`,
    "Bearer ",
    "Basic YTpi",
    "word",
  ])("is told to sign in anew, whatever the call: %.20s", async (authorization) => {
    for (const body of [JSON.stringify({ data: DEVICE }), '{"hello":"world"}'])
      expect(await post({ ...JSON_TYPE, authorization }, body)).toMatchObject(
        failure(401, "UNAUTHENTICATED"),
      );
    expect(await store.registrations.size()).toBe(0);
  });

  test("is to come again while nobody can tell who it is", async () => {
    bench.google.reply = () => [500, ""];
    expect(await bench.call("addFcmToken", "ada", DEVICE)).toMatchObject(failure(503, "UNAVAILABLE"));
    expect(bench.lines).toHaveLength(1);
    expect(bench.lines[0]).toContain("ID_TOKENS_UNVERIFIABLE");
  });
});

describe("what is no call", () => {
  test.each([
    ["without data", JSON_TYPE, '{"hello":"world"}'],
    ["with more than data", JSON_TYPE, '{"data":{},"more":1}'],
    ["a list", JSON_TYPE, "[1]"],
    ["nothing", JSON_TYPE, ""],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, "data=1"],
    ["text", { "content-type": "text/plain" }, '{"data":{}}'],
  ])("%s", async (_, headers, body) => {
    expect(await post(headers, body)).toMatchObject(failure(400, "INVALID_ARGUMENT"));
  });

  test.each(["GET", "PUT", "DELETE", "HEAD"])("a %s", async (method) => {
    const response = await bench.fetch("addFcmToken", { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST, OPTIONS");
  });

  test("JSON may name its alphabet", async () => {
    const headers = { "content-type": "application/json; charset=utf-8" };
    expect(await post(headers, '{"data":null}')).toMatchObject({ status: 200 });
  });
});

describe("a web page", () => {
  const origin = "https://app.example.com";

  test("is let in by the browser's question", async () => {
    const asked = "authorization,content-type,x-firebase-appcheck";
    const headers = { origin, "access-control-request-headers": asked };
    const response = await bench.fetch("addFcmToken", { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": asked,
      vary: "Origin, Access-Control-Request-Headers",
    });
  });

  test.each([
    [200, { ...JSON_TYPE, origin }],
    [401, { ...JSON_TYPE, origin, authorization: "Bearer word" }],
    [400, { origin, "content-type": "text/plain" }],
  ])("may read the answer %i", async (status, headers) => {
    const answer = await post(headers, '{"data":{}}');
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  test("is not told of where nobody says it is one", async () => {
    expect((await post(JSON_TYPE, '{"data":{}}')).headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("a failure", () => {
  test.each([
    ["503 where it may pass", new RetryableError("BUSY", "later"), failure(503, "UNAVAILABLE")],
    [
      "500 where nobody foresaw it",
      new Error(`no place for ${DEVICE.fcmToken}`, { cause: DEVICE.fcmToken }),
      { status: 500, body: { error: { status: "INTERNAL", message: "INTERNAL" } } },
    ],
  ])("is answered %s, and logged once without the address", async (_, error, expected) => {
    register = () => Promise.reject(error);
    expect(await bench.call("addFcmToken", "ada", DEVICE)).toMatchObject(expected);
    expect(bench.lines).toHaveLength(1);
    expect(bench.lines[0]).toContain('"name"');
    expect(bench.lines[0]).not.toContain(DEVICE.fcmToken);
  });
});

test("a registrar that is to end finishes what it has, and takes no more", async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  register = async () => {
    begun.resolve();
    await finish.promise;
    return "added";
  };
  const first = bench.call("addFcmToken", "ada", DEVICE);
  await begun.promise;
  const closed = bench.registrar.close();
  expect(await bench.call("addFcmToken", "ada", DEVICE)).toMatchObject(failure(503, "UNAVAILABLE"));
  const deletion = { method: "POST", headers: JSON_TYPE, body: "{}" };
  expect(await bench.fetch("userDeleted", deletion)).toMatchObject({ status: 503 });
  finish.resolve();
  await closed;
  expect(await first).toMatchObject({ status: 200 });
});
