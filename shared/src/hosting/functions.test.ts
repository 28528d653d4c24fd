import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createSqliteBus } from "../bus/sqlite.ts";
import { RetryableError } from "../errors.ts";
import { audienceRanges } from "../events/audience-ranges.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { type ServedFunction, serveFunction } from "../testing/serve-function.ts";
import { readEnvironment } from "./environment.ts";
import { onEvent } from "./event-endpoint.ts";
import { createFunctions } from "./functions.ts";
import { createLog } from "./log.ts";
import { functionSettings } from "./push-settings.ts";

const RANGE = `b${"0".repeat(24)}.000`;
/** On an emulator, whose pushes carry no token. */
const settings = readEnvironment(z.object(functionSettings), {
  FANFARE_PROJECT: "test-project",
  FANFARE_TOPIC_PREFIX: "my-",
  PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
});
const SUBSCRIPTION = "projects/p/subscriptions/my-resolver.ranges";

let data: DataFile;
let bus: ReturnType<typeof createSqliteBus>;
let url: string;
let lines: string[];
let functions: ReturnType<typeof createFunctions>;
let served: ServedFunction;
/** What the handler was given, and what it does with it. */
let handled: string[];
let handle: () => Promise<void>;

beforeEach(async () => {
  data = createDataFile();
  bus = createSqliteBus(data.database);
  handled = [];
  handle = async () => {};
  const endpoint = onEvent("resolver.ranges", 1, audienceRanges, async ({ rangeId }) => {
    handled.push(rangeId);
    await handle();
  });
  const hosted = { endpoints: [endpoint], drain() {}, close: async () => {} };
  const sync = async () => undefined;
  lines = [];
  const log = createLog("test", "debug", { write: (line) => void lines.push(line) });
  functions = createFunctions([hosted], { store: { bus, sync }, log, settings });
  served = await serveFunction("push", functions.push);
  url = served.url;
});
afterEach(async () => {
  served.close();
  await bus.close();
  await data.close();
});

async function post(body: unknown, headers: Record<string, string> = {}): Promise<number> {
  const init = {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  };
  const response = await fetch(url, { ...init, headers: { ...init.headers, ...headers } });
  return response.status;
}

const envelope = (text: string, subscription = SUBSCRIPTION) => ({
  subscription,
  message: { messageId: "1", data: Buffer.from(text).toString("base64") },
});
const good = (subscription?: string) => envelope(`{"v":1,"rangeId":"${RANGE}"}`, subscription);
const deadLetters = () =>
  data.database.sql("SELECT data FROM messages WHERE subscription = 'resolver.bury'").all();

describe("a push to a function", () => {
  test("is done with 204 once its handler returns", async () => {
    expect(await post(good())).toBe(204);
    expect(handled).toEqual([RANGE]);
  });

  test("is to come again with 503 where its handler fails", async () => {
    handle = () => Promise.reject(new RetryableError("BUSY", "later"));
    expect(await post(good())).toBe(503);
  });

  test.each(["<html>", "", '{"v":2}'])(
    "is done and a dead letter where it can never be handled: %j",
    async (text) => {
      expect(await post(envelope(text))).toBe(204);
      expect(deadLetters()).toMatchObject([{ data: text }]);
      expect(handled).toEqual([]);
    },
  );

  test("that breaks a rule is logged by its kind, not by what it says", async () => {
    const secret = "secret-address";
    const message = {
      messageId: secret,
      data: Buffer.from(`{"v":1,"${secret}":"${secret}"}`).toString("base64"),
    };
    expect(await post({ subscription: SUBSCRIPTION, message })).toBe(204);
    expect(deadLetters()).toHaveLength(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("INVALID_INPUT");
    expect(lines[0]).not.toContain(secret);
  });

  test("may come as a CloudEvent from a trigger's own subscription", async () => {
    const trigger = "projects/p/subscriptions/eventarc-us-central1-trigger-sub-1";
    const source = "//pubsub.googleapis.com/projects/p/topics/my-audience-ranges";
    const binary = { "ce-id": "1", "ce-specversion": "1.0", "ce-type": "t", "ce-source": source };
    expect(await post(good(trigger), binary)).toBe(204);
    const structured = { specversion: "1.0", id: "1", type: "t", source, data: good(trigger) };
    expect(await post(structured, { "content-type": "application/cloudevents+json" })).toBe(204);
    expect(handled).toEqual([RANGE, RANGE]);
  });

  test("from another's subscription is refused", async () => {
    expect(await post(good("projects/p/subscriptions/resolver.ranges"))).toBe(404);
    expect(handled).toEqual([]);
  });

  test("that is none is refused, and nothing of it is logged", async () => {
    expect(await post({ hello: "world" })).toBe(400);
    expect(await post(envelope("{}", "secret-address"))).toBe(404);
    expect(await post({ ...good(), message: { messageId: 1, data: "secret-address" } })).toBe(400);
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain("secret-address");
    expect((await fetch(url)).status).toBe(405);
  });
});

test("a function believes nothing that came past the guard", async () => {
  const { handler } = functions.push;
  http("unguarded", handler);
  const server = getTestServer("unguarded").listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await post(good())).toBe(503);
  expect(handled).toEqual([]);
  expect(lines.join()).toContain("came past the guard");
  server.closeAllConnections();
  server.close();
});

test("functions that are to end finish what they have, and take no more", async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  handle = () => {
    begun.resolve();
    return finish.promise;
  };
  const first = post(good());
  await begun.promise;
  const closed = functions.close();
  expect(await post(good())).toBe(503);
  finish.resolve();
  await closed;
  expect(await first).toBe(204);
  expect(handled).toHaveLength(1);
});
