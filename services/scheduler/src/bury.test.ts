import type { Delivery } from "@fanfare/shared/bus";
import { SOURCE_SUBSCRIPTION } from "@fanfare/shared/bus/dead-letters";
import { broadcastEvents } from "@fanfare/shared/events/broadcast-events";
import { REASON } from "@fanfare/shared/hosting/event-endpoint";
import { START } from "@fanfare/shared/testing/clock";
import { createFailingBus } from "@fanfare/shared/testing/failing-bus";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AGAIN, bury } from "./bury.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

/** What is told to whoever listens, after a dead request with this text. */
async function answerTo(data: string, attributes: Record<string, string> = {}): Promise<unknown> {
  await bury(store, { messageId: "m-1", data, attributes, attempt: 1 });
  const [event, ...more] = store.waiting("sender.prune");
  expect(more).toEqual([]);
  const { v: _, ...rest } = event ?? {};
  expect(broadcastEvents.decode(JSON.stringify(event)), "its readers can read it").toEqual(rest);
  return rest;
}

test("a dead request is answered to its caller, with the reason", async () => {
  const request = { v: 1, caller: "shop", idempotencyKey: "sale", content: {} };
  const reason = "INVALID_INPUT: content.title: is missing";
  expect(await answerTo(JSON.stringify(request), { [REASON]: reason })).toEqual({
    type: "request.failed",
    eventId: "m-1.failed",
    caller: "shop",
    idempotencyKey: "sale",
    reason,
  });
});

test("one that ran out of attempts is published once more, and neither noted nor answered", async () => {
  const data = JSON.stringify({ v: 1, caller: "shop" });
  const attributes = { type: "request", [SOURCE_SUBSCRIPTION]: "scheduler.requests" };
  await bury(store, { messageId: "m-1", data, attributes, attempt: 1 });
  const again: Delivery[] = [];
  const consumer = store.bus.subscribe("scheduler.requests", 1, async (delivery) => {
    again.push(delivery);
    return "ack";
  });
  await expect.poll(() => again).toMatchObject([{ data, attributes: { type: "request", [AGAIN]: "1" } }]);
  await consumer.close();
  expect(again[0]?.attributes).not.toHaveProperty(SOURCE_SUBSCRIPTION);
  expect(store.waiting("sender.prune")).toEqual([]);
  expect(await store.health.deadLetters(10)).toEqual([]);
});

test("one that cannot be published once more waits, and is not failed", async () => {
  const bus = createFailingBus(store.bus);
  bus.failNext("before");
  const delivery = { messageId: "m-1", data: "{}", attributes: {}, attempt: 1 };
  await expect(bury({ ...store, bus }, delivery)).rejects.toThrow("told to fail");
  expect(await store.health.deadLetters(10)).toEqual([]);
});

test("one whose bytes are not UTF-8 has no other chance: what would be published is not what was sent", async () => {
  await bury(store, { messageId: "m-1", data: "\ufffd", isGarbled: true, attributes: {}, attempt: 1 });
  expect(store.waiting("scheduler.requests")).toEqual([]);
  expect(store.waiting("sender.prune")).toMatchObject([
    { reason: "NOT_UTF8: the message's bytes are not UTF-8" },
  ]);
});

test("a sender that no request could have is left out of the answer", async () => {
  const data = `{"caller":"shop\\ud83d","idempotencyKey":"${"x".repeat(201)}"}`;
  expect(await answerTo(data, { [REASON]: "INVALID_INPUT" })).toEqual({
    type: "request.failed",
    eventId: "m-1.failed",
    reason: "INVALID_INPUT",
  });
});

test("one that ran out of attempts for the second time says so", async () => {
  const answer = await answerTo(JSON.stringify({ caller: "shop" }), { [AGAIN]: "1" });
  expect(answer).toMatchObject({
    caller: "shop",
    reason: "it could not be stored, though it was tried many times",
  });
  expect(answer).not.toHaveProperty("idempotencyKey");
});

test.each(["{not json", "", "null", "7", '"text"', "[]", '{"caller":7,"idempotencyKey":null}'])(
  "one that reads %s is answered to nobody in particular",
  async (data) => {
    expect(await answerTo(data, { [REASON]: "NOT_JSON" })).toEqual({
      type: "request.failed",
      eventId: "m-1.failed",
      reason: "NOT_JSON",
    });
  },
);

test("an answer that could not be given is given again, under the same id", async () => {
  const delivery = { messageId: "m-1", data: "{}", attributes: { [AGAIN]: "1" }, attempt: 1 };
  await bury(store, delivery);
  await bury(store, { ...delivery, attempt: 2 });
  const [first, second] = store.waiting("sender.prune");
  expect(second).toEqual(first);
});

test("a dead request is noted once, before anybody is told", async () => {
  const attributes = { [SOURCE_SUBSCRIPTION]: "scheduler.requests", [REASON]: "NOT_JSON: no" };
  const delivery = { messageId: "m-1", data: "{", attributes, attempt: 1 };
  const bus = createFailingBus(store.bus);
  bus.failNext("before");
  await expect(bury({ ...store, bus }, delivery)).rejects.toThrow("told to fail");
  await bury(store, delivery);
  expect(await store.health.deadLetters(10)).toEqual([
    { messageId: "m-1", subscription: "scheduler.requests", reason: "NOT_JSON: no", at: START },
  ]);
});
