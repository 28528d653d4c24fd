import type { WireRequest } from "@fanfare/shared/events/broadcast-requests";
import { makeDocument } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Pipeline, startPipeline } from "./testing/pipeline.ts";

/** The message as FCM gets it, letter by letter: what a phone shows and an app reads depends on each. */

const NOW = 1_800_000_000_000;
const ADDRESS = "golden-device:APA91b";

let pipeline: Pipeline;
beforeEach(async () => {
  pipeline = await startPipeline({}, () => NOW);
  await pipeline.registrations.put([makeDocument("a", ADDRESS)]);
});
afterEach(() => pipeline.close());

/** Sends, and returns the one message that the simulator stored, without its target. */
async function send(fields: Pick<WireRequest, "content"> & Partial<WireRequest>): Promise<unknown> {
  const request = { caller: "golden", idempotencyKey: "1", audience: "all" as const, ...fields };
  const { id } = await pipeline.submit(request);
  expect(id).toBe("b3b8d58c1d7db0288a3a4117d");
  expect(await pipeline.finished(id)).toMatchObject({ phase: "succeeded" });
  const [stored, ...more] = pipeline.simulator.control.messages();
  expect(more).toEqual([]);
  expect(stored).toMatchObject({ count: 1 });
  return stored?.message;
}

test("of a full request", async () => {
  const message = await send({
    content: {
      title: "Grüße 👋🏽",
      text: 'مرحبا "quoted"\nnext line',
      image: "https://example.com/image.png",
      sound: "default",
      initialPage: "OrderPage",
      parameterData: '{"order":"orders/17","count":3}',
      data: { campaign: "spring", "utm.source": "app" },
      ttlSeconds: 3_600,
      priority: "high",
      collapseId: "order-17",
      badge: 4,
      channel: "orders",
    },
  });
  expect(message).toEqual({
    notification: {
      title: "Grüße 👋🏽",
      body: 'مرحبا "quoted"\nnext line',
      image: "https://example.com/image.png",
    },
    data: {
      campaign: "spring",
      "utm.source": "app",
      initialPageName: "OrderPage",
      parameterData: '{"order":"orders/17","count":3}',
    },
    android: {
      ttl: "3600s",
      priority: "high",
      notification: {
        tag: "order-17",
        sound: "default",
        channel_id: "orders",
        notification_count: 4,
      },
    },
    apns: {
      headers: {
        "apns-collapse-id": "order-17",
        "apns-expiration": "1800003600",
        "apns-priority": "10",
      },
      payload: {
        aps: {
          sound: "default",
          badge: 4,
          "mutable-content": 1,
        },
      },
      fcm_options: {
        image: "https://example.com/image.png",
      },
    },
  });
});

test("of a minimal request", async () => {
  const message = await send({ content: { title: "Hello", text: "World" } });
  expect(message).toEqual({
    notification: { title: "Hello", body: "World" },
    data: { initialPageName: "", parameterData: "" },
    android: { notification: { tag: "b3b8d58c1d7db0288a3a4117d" } },
    apns: { headers: { "apns-collapse-id": "b3b8d58c1d7db0288a3a4117d" } },
  });
});

test("that is for phones that are on, and no other", async () => {
  const message = await send({
    content: { title: "Now", text: "or never", ttlSeconds: 0, priority: "normal", badge: 0 },
  });
  expect(message).toEqual({
    notification: { title: "Now", body: "or never" },
    data: { initialPageName: "", parameterData: "" },
    android: {
      ttl: "0s",
      priority: "normal",
      notification: { tag: "b3b8d58c1d7db0288a3a4117d", notification_count: 0 },
    },
    apns: {
      headers: {
        "apns-collapse-id": "b3b8d58c1d7db0288a3a4117d",
        "apns-expiration": "0",
        "apns-priority": "5",
      },
      payload: { aps: { badge: 0 } },
    },
  });
});

test("shows once on either phone, with what the page needs", async () => {
  await send({ content: { title: "Hello", text: "World", initialPage: "Home" } });
  const { android, ios } = pipeline.simulator.control.phone(ADDRESS);
  for (const [shown, ...more] of [android, ios]) {
    expect(more).toEqual([]);
    expect(shown).toMatchObject({ title: "Hello", data: { initialPageName: "Home", parameterData: "" } });
  }
});
