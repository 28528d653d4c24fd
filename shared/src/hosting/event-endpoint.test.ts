import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createInbox } from "../bus/contract/inbox.ts";
import { SOURCE_SUBSCRIPTION } from "../bus/dead-letters.ts";
import { decodeData } from "../bus/decode-data.ts";
import type { Bus } from "../bus/index.ts";
import { createSqliteBus } from "../bus/sqlite.ts";
import { RetryableError, TerminalError } from "../errors.ts";
import { defineEvent } from "../events/event.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { createHandler, type Endpoint, onEvent, REASON } from "./event-endpoint.ts";
import { createLog } from "./log.ts";

const event = defineEvent("audience-ranges", z.strictObject({ n: z.number() }));
const log = createLog("test", "silent");

let data: DataFile;
let bus: Bus;
beforeEach(() => {
  sync = async () => undefined;
  data = createDataFile();
  // Short seconds: what failed comes again soon.
  bus = createSqliteBus(data.database, { secondMs: 1, pollMs: 1, onError: () => {} });
});
afterEach(async () => {
  await bus.close();
  await data.close();
});

const serve = (endpoint: Endpoint) =>
  bus.subscribe(endpoint.subscription, endpoint.concurrency, createHandler(endpoint, { bus, log, sync }));

/** Asks the store for its time. */
let sync: () => Promise<void>;

const waiting = () => data.database.sql("SELECT subscription, data FROM messages").all();

/** Serves the ranges with a handler that fails as told, until each message was handled. */
function serveRanges(fail: (n: number, attempt: number) => unknown) {
  const handled = createInbox();
  const endpoint = onEvent("resolver.ranges", 5, event, async ({ n }, delivery) => {
    const error = fail(n, delivery.attempt);
    if (error) throw error;
    await handled.handle(delivery);
  });
  return { handled, consumer: serve(endpoint) };
}

describe("what a handler does with a message", () => {
  test("is done once it returns", async () => {
    const { handled, consumer } = serveRanges(() => null);
    await bus.publish(event.topic, [event.encode({ n: 1 }), event.encode({ n: 2 })]);
    await handled.received(2);
    await consumer.close();
    expect(waiting()).toEqual([]);
  });

  test("begins once the store's time is known, and waits for its turn where it cannot be", async () => {
    let asked = 0;
    sync = async () => {
      asked += 1;
      if (asked === 1) throw new RetryableError("FIRESTORE_UNAVAILABLE", "no answer");
    };
    const { handled, consumer } = serveRanges(() => null);
    await bus.publish(event.topic, [event.encode({ n: 1 })]);
    expect(await handled.received(1)).toMatchObject([{ attempt: 2 }]);
    await consumer.close();
    expect(asked).toBe(2);
  });

  test.each([
    ["an error that may pass", new RetryableError("BUSY", "later")],
    ["an error of unknown kind", new TypeError("x is not a function")],
    ["no error at all", "thrown"],
  ])("is tried again after %s", async (_, error) => {
    const { handled, consumer } = serveRanges((_, attempt) => (attempt === 1 ? error : null));
    await bus.publish(event.topic, [event.encode({ n: 1 })]);
    expect(await handled.received(1)).toMatchObject([{ attempt: 2 }]);
    await consumer.close();
    expect(waiting()).toEqual([]);
  });
});

describe("a message that can never be handled", () => {
  test.each<[string, string, RegExp]>([
    ["its handler says so", '{"v":1,"n":1}', /^GONE: nothing there$/],
    ["it is no JSON", "<html>", /^NOT_JSON: /],
    ["it is of another form", '{"v":1,"n":"x"}', /^INVALID_INPUT: n: /],
    ["it is of another version", '{"v":9,"n":1}', /^UNKNOWN_VERSION: v: /],
  ])("is a dead letter at once where %s", async (_, text, reason) => {
    const { consumer } = serveRanges(() => new TerminalError("GONE", "nothing there"));
    const dead = createInbox();
    const burial = bus.subscribe("resolver.bury", 1, dead.handle);
    await bus.publish(event.topic, [{ data: text, attributes: { type: "range" } }]);
    const [letter] = await dead.received(1);
    await Promise.all([consumer.close(), burial.close()]);
    const source = { type: "range", [SOURCE_SUBSCRIPTION]: "resolver.ranges" };
    expect(letter).toMatchObject({ data: text, attributes: source, attempt: 1 });
    expect(letter?.attributes[REASON]).toMatch(reason);
    expect(waiting()).toEqual([]);
  });

  test("is one whose bytes are not UTF-8", async () => {
    const endpoint = onEvent("resolver.ranges", 1, event, async () => undefined);
    const [{ data: text }, bytes] = [event.encode({ n: 1 }), Buffer.from([0x22, 0xc3, 0x28, 0x22])];
    const delivery = { messageId: "m", attributes: {}, attempt: 1 };
    await endpoint.handle({ ...delivery, ...decodeData(Buffer.from(text)) });
    await expect(async () => endpoint.handle({ ...delivery, ...decodeData(bytes) })).rejects.toMatchObject({
      name: "TerminalError",
      code: "NOT_UTF8",
    });
  });

  test("tells its reason within the 1,024 bytes that Pub/Sub takes", async () => {
    const { consumer } = serveRanges(() => new TerminalError("LONG", "値".repeat(2_000)));
    const dead = createInbox();
    const burial = bus.subscribe("resolver.bury", 1, dead.handle);
    await bus.publish(event.topic, [event.encode({ n: 1 })]);
    const [letter] = await dead.received(1);
    await Promise.all([consumer.close(), burial.close()]);
    const reason = letter?.attributes[REASON] ?? "";
    expect(reason).toMatch(/^LONG: 値/);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(1_024);
  });

  test("ends where there is no place for dead letters", async () => {
    const inbox = createInbox();
    const endpoint = {
      subscription: "resolver.bury",
      concurrency: 1,
      handle: async (delivery: Parameters<typeof inbox.handle>[0]) => {
        await inbox.handle(delivery);
        throw new TerminalError("GONE", "nothing there");
      },
    };
    const consumer = serve(endpoint);
    await bus.publish("resolver-dead", [{ data: "{}" }]);
    await inbox.received(1);
    await consumer.close();
    expect(inbox.deliveries).toHaveLength(1);
    expect(waiting()).toEqual([]);
  });
});
