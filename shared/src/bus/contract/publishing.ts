import { beforeEach, expect, test } from "vitest";
import type { ContractBus } from "../contract.ts";
import { type Bus, MAX_MESSAGE_BYTES } from "../index.ts";
import { createInbox, dataOf, numbered } from "./inbox.ts";
import { expectNothingLeft, idByData, terminal } from "./steps.ts";

export function describePublishing(lent: () => ContractBus): void {
  let bus: Bus;
  beforeEach(() => {
    bus = lent().bus;
  });

  test("every subscription of a topic gets each message, under the same id", async () => {
    const [left, right] = [createInbox(), createInbox()];
    bus.subscribe("news.left", 10, left.handle);
    bus.subscribe("news.right", 10, right.handle);
    await bus.publish("news", numbered(3));
    const [inLeft, inRight] = await Promise.all([left.received(3), right.received(3)]);
    expect(dataOf(inLeft)).toEqual(["0", "1", "2"]);
    expect(idByData(inRight)).toEqual(idByData(inLeft));
    expect(new Set(idByData(inLeft).values()).size).toBe(3);
  });

  test("messages wait for a consumer that comes later", async () => {
    await bus.publish("news", numbered(2));
    const inbox = createInbox();
    bus.subscribe("news.left", 10, inbox.handle);
    expect(dataOf(await inbox.received(2))).toEqual(["0", "1"]);
  });

  test("text and attributes arrive as they were", async () => {
    const data = JSON.stringify({ text: "Grüße 👋🏽 \u0000 'quoted' \"twice\"\nمرحبا" });
    const attributes = { type: "naïve", "key-with.dots": "値 🎺", empty: "" };
    const inbox = createInbox();
    bus.subscribe("jobs.work", 1, inbox.handle);
    await bus.publish("jobs", [{ data, attributes }]);
    expect(await inbox.received(1)).toMatchObject([{ data, attributes, attempt: 1 }]);
  });

  test("a message without attributes has none", async () => {
    const inbox = createInbox();
    bus.subscribe("news.left", 1, inbox.handle);
    await bus.publish("news", [{ data: "{}" }]);
    expect((await inbox.received(1))[0]?.attributes).toEqual({});
  });

  test("a topic without subscriptions drops its messages", async () => {
    await expect(bus.publish("unheard", numbered(1))).resolves.toBeUndefined();
  });

  test("an empty list publishes nothing", async () => {
    await bus.publish("news", []);
    await expectNothingLeft(bus, "news", "news.left");
  });

  test("2,000 messages in one call all arrive", async () => {
    const inbox = createInbox();
    bus.subscribe("news.left", 100, inbox.handle);
    await bus.publish("news", numbered(2_000));
    await inbox.received(2_000);
    expect(idByData(inbox.deliveries).size).toBe(2_000);
  });

  test("a topic that does not exist is refused", async () => {
    await expect(bus.publish("nowhere", numbered(1))).rejects.toMatchObject(terminal("TOPIC_MISSING"));
  });

  test.each([
    ["data", { data: "x".repeat(MAX_MESSAGE_BYTES + 1) }],
    ["characters of several bytes", { data: "é".repeat(MAX_MESSAGE_BYTES / 2 + 1) }],
    ["attributes", { data: "x".repeat(MAX_MESSAGE_BYTES - 10), attributes: { name: "12345678" } }],
  ])("too large a message is refused before anything is published: %s", async (_, message) => {
    const publishing = bus.publish("news", [...numbered(1), message]);
    await expect(publishing).rejects.toMatchObject(terminal("MESSAGE_TOO_LARGE"));
    await expectNothingLeft(bus, "news", "news.left");
  });
}
