import type { IncomingHttpHeaders } from "node:http";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CALLS_AN_HOUR, REQUESTS_A_MINUTE } from "./doors.ts";
import { type Bench, startBench } from "./testing/bench.ts";

let store: TestStore;
let bench: Bench;
let now: number;
beforeEach(async () => {
  now = 0;
  store = createStore();
  bench = await startBench(store.registrations, () => now);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await bench.close();
  await store.close();
});

type Name = "addFcmToken" | "removeFcmToken";
const TOO_MANY = {
  status: 429,
  body: { error: { status: "RESOURCE_EXHAUSTED", message: "Too Many Requests" } },
};

const device = (uid: string, token: string) => ({
  userDocPath: `users/${uid}`,
  fcmToken: token,
  deviceType: "iOS",
});

async function callOften(times: number, name: Name, uid: string): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let n = 0; n < times; n++) {
    const { status } = await bench.call(name, uid, device(uid, "the-same"));
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

describe.each<Name>(["addFcmToken", "removeFcmToken"])("a user's calls of %s", (name) => {
  test("are bounded by the hour, and another user's are not counted with them", async () => {
    expect(await callOften(CALLS_AN_HOUR + 2, name, "ada")).toEqual({ 200: CALLS_AN_HOUR, 429: 2 });
    expect(await callOften(1, name, "bob")).toEqual({ 200: 1 });
    now += 3_600_000;
    expect(await callOften(1, name, "ada")).toEqual({ 200: 1 });
  });
});

test("a user who may not register any more may still sign out", async () => {
  await callOften(CALLS_AN_HOUR + 1, "addFcmToken", "ada");
  expect(await bench.call("addFcmToken", "ada", device("ada", "more"))).toEqual(TOO_MANY);
  expect(await callOften(1, "removeFcmToken", "ada")).toEqual({ 200: 1 });
  expect(await store.registrations.size()).toBe(0);
});

describe("the requests of a client address", () => {
  /** Asks without a token, as something that has nothing to lose. */
  const ask = async (headers: IncomingHttpHeaders = {}) => {
    const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: "{}" };
    return (await bench.fetch("addFcmToken", init as RequestInit)).status;
  };
  const from = (forwarded: string) => ask({ "x-forwarded-for": forwarded });

  async function exhaust(askOnce: () => Promise<number>): Promise<void> {
    for (let n = 0; n < REQUESTS_A_MINUTE; n++) expect(await askOnce()).toBe(400);
    expect(await askOnce()).toBe(429);
  }

  test("are bounded by the minute, before it is looked at who calls", async () => {
    await exhaust(() => ask());
    expect(await bench.call("addFcmToken", "ada", device("ada", "a"))).toEqual(TOO_MANY);
    expect(bench.google.requests).toBe(0);
    now += 60_000;
    expect(await bench.call("addFcmToken", "ada", device("ada", "a"))).toMatchObject({ status: 200 });
  });

  test("are counted by what the platform's last proxy reports, whatever the client itself claims", async () => {
    vi.stubEnv("K_SERVICE", "registrar");
    let claimed = 0;
    await exhaust(() => from(`10.0.0.${claimed++ % 256}, 203.0.113.7`));
    expect(await from("203.0.113.8")).toBe(400);
    expect(await from("2001:db8:1:2::1")).toBe(400);
  });

  test("on a machine without a proxy are counted by the connection", async () => {
    let claimed = 0;
    await exhaust(() => from(`203.0.113.${claimed++ % 256}`));
  });
});
