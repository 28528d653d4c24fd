import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { createSqliteBus } from "../bus/sqlite.ts";
import { ConfigError } from "../errors.ts";
import { audienceRanges } from "../events/audience-ranges.ts";
import { broadcastsDue } from "../events/broadcasts-due.ts";
import { ticks } from "../events/ticks.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { readEnvironment } from "./environment.ts";
import { type Endpoint, onEvent } from "./event-endpoint.ts";
import { createLog } from "./log.ts";
import { PUSH_AUTH_HEADER } from "./push-door.ts";
import { type PushServer, servePushes } from "./push-host.ts";
import { functionSettings } from "./push-settings.ts";

const ID = `b${"0".repeat(24)}`;
const emulated = (PORT = "0") => ({
  FANFARE_PROJECT: "test-project",
  PORT,
  PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
});
const settingsOf = (env: NodeJS.ProcessEnv) => readEnvironment(z.object(functionSettings), env);

let data: DataFile;
let bus: ReturnType<typeof createSqliteBus>;
let server: PushServer;
/** What came to handlers, and what became of services. */
let told: string[];
let work: () => Promise<void>;

/** A service with these endpoints, each of which tells its subscription. */
function serviceOf(name: string, endpoints: readonly Endpoint[]) {
  const tell = (what: string) => void told.push(`${name} ${what}`);
  return { endpoints, drain: () => tell("drains"), close: async () => tell("closes") };
}
async function note(subscription: string): Promise<void> {
  told.push(subscription);
  await work();
}

const depsWith = (env: NodeJS.ProcessEnv) => ({
  store: { bus, sync: async () => undefined },
  log: createLog("test", "silent"),
  settings: settingsOf(env),
});

beforeEach(async () => {
  data = createDataFile();
  bus = createSqliteBus(data.database);
  told = [];
  work = async () => {};
  const scheduler = serviceOf("scheduler", [
    onEvent("scheduler.tick", 1, ticks, () => note("scheduler.tick")),
    { subscription: "scheduler.bury", concurrency: 1, handle: () => note("scheduler.bury") },
  ]);
  const resolver = serviceOf("resolver", [
    onEvent("resolver.due", 1, broadcastsDue, () => note("resolver.due")),
    onEvent("resolver.ranges", 1, audienceRanges, () => note("resolver.ranges")),
    { subscription: "resolver.bury", concurrency: 1, handle: () => note("resolver.bury") },
  ]);
  server = await servePushes([scheduler, resolver], depsWith(emulated()));
});
afterEach(async () => {
  await server.close();
  await bus.close();
  await data.close();
});

async function push(
  subscription: string,
  fields: object,
  { headers = {}, path = "" }: { headers?: Record<string, string>; path?: string } = {},
) {
  const text = JSON.stringify({ v: 1, ...fields });
  const message = { messageId: "1", data: Buffer.from(text).toString("base64") };
  return fetch(`http://127.0.0.1:${server.port}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ subscription: `projects/p/subscriptions/${subscription}`, message }),
  });
}

test("one place takes the pushes of every subscription, of several services too", async () => {
  const subscriptions = [
    "scheduler.tick",
    "scheduler.bury",
    "resolver.due",
    "resolver.ranges",
    "resolver.bury",
  ];
  const fields: Record<string, object> = {
    "resolver.due": { broadcastId: ID },
    "resolver.ranges": { rangeId: `${ID}.000` },
  };
  for (const name of subscriptions) expect((await push(name, fields[name] ?? {})).status).toBe(204);
  expect(told).toEqual(subscriptions);
  expect((await push("sender.chunks", {})).status).toBe(404);
});

test("the subscription tells what a push is for, and the topic only if the subscription is not one of ours", async () => {
  const source = "//pubsub.googleapis.com/projects/p/topics/tick";
  const headers = { "ce-source": source, "ce-specversion": "1.0" };
  await push("resolver.due", { broadcastId: ID }, { headers });
  await push("eventarc-trigger-sub-1", {}, { headers });
  expect(told).toEqual(["resolver.due", "scheduler.tick"]);
});

test("paths are of no account, and what is not a push is refused", async () => {
  expect((await push("scheduler.tick", {}, { path: "tick?a=%ff" })).status).toBe(204);
  const url = `http://127.0.0.1:${server.port}/`;
  expect((await fetch(url)).status).toBe(405);
  const page = await push("scheduler.tick", {}, { headers: { origin: "https://example.com" } });
  expect(page.status).toBe(403);
  expect(page.headers.get(PUSH_AUTH_HEADER)).toBe("off");
  const text = await fetch(url, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: "doctor",
  });
  expect(text.status).toBe(415);
  expect(text.headers.get(PUSH_AUTH_HEADER)).toBe("off");
  expect(told).toEqual(["scheduler.tick"]);
});

test("at the end what is in hand is finished, what comes is refused, and then the services close", async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  work = () => {
    begun.resolve();
    return finish.promise;
  };
  const first = push("scheduler.tick", {});
  await begun.promise;
  const ended = server.work.close();
  expect((await push("scheduler.tick", {})).status).toBe(503);
  expect(told).toEqual(["scheduler.tick", "scheduler drains", "resolver drains"]);
  finish.resolve();
  await ended;
  expect((await first).status).toBe(204);
  expect(told.slice(3)).toEqual(["scheduler closes", "resolver closes"]);
  await server.close();
  await expect(push("scheduler.tick", {})).rejects.toThrow();
});

// A listener on every interface of Linux answers on all of 127.0.0.0/8, one on 127.0.0.1 does not.
test.runIf(process.platform === "linux")(
  "where nothing proves a push, it listens on loopback only",
  async () => {
    const other = connect(server.port, "127.0.0.2");
    await expect(once(other, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  },
);

test("it does not listen unless it knows who may push, nor on a port that is taken", async () => {
  const unproved = servePushes([], depsWith({ FANFARE_PROJECT: "test-project", PORT: "0" }));
  await expect(unproved).rejects.toThrow(/^FANFARE_PUSH_ACCOUNT: /);
  const taken = servePushes([], depsWith(emulated(String(server.port))));
  await expect(taken).rejects.toThrow(ConfigError);
});
