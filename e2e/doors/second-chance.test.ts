import { AGAIN } from "@fanfare/scheduler/bury";
import { composeScheduler } from "@fanfare/scheduler/compose";
import { flutterflowSettings } from "@fanfare/scheduler/flutterflow/settings";
import { startScheduler } from "@fanfare/scheduler/service";
import { SOURCE_SUBSCRIPTION } from "@fanfare/shared/bus/dead-letters";
import { certainClock } from "@fanfare/shared/clock";
import { createLog } from "@fanfare/shared/hosting/log";
import { commonSettings } from "@fanfare/shared/hosting/settings";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

/** Pub/Sub gives a request up when its pushes were refused too often: no process of ours has judged it. */

const REQUEST = { v: 1, caller: "shop", idempotencyKey: "sale", content: { title: "Hello", text: "World" } };
const FORWARDED = { [SOURCE_SUBSCRIPTION]: "scheduler.requests" };
const config = z.object({ ...commonSettings, ...flutterflowSettings }).parse({});

let store: TestStore;
let scheduler: ReturnType<typeof startScheduler>;
beforeEach(() => {
  store = createStore();
  const log = createLog("test", "silent");
  scheduler = startScheduler({ ...composeScheduler(config, store, certainClock, log), tickMs: null });
});
afterEach(async () => {
  await scheduler.close();
  await store.close();
});

const forward = (request: object, attributes = {}) =>
  store.bus.publish("scheduler-dead", [
    { data: JSON.stringify(request), attributes: { ...FORWARDED, ...attributes } },
  ]);
const list = () => store.broadcasts.list(undefined, 10);
const events = () => store.waiting("sender.prune");

test("a request that was given up without a reason is taken, and no failure is told of", async () => {
  await forward({ ...REQUEST, audience: { users: "ada" } });
  await expect.poll(list).toMatchObject([{ caller: "shop", idempotencyKey: "sale" }]);
  expect(events().filter(({ type }) => type === "request.failed")).toEqual([]);
  expect(await store.health.deadLetters(10)).toEqual([]);
});

test("one that is at fault is answered with the reason", async () => {
  await forward({ ...REQUEST, audience: "nobody" });
  await expect
    .poll(events)
    .toMatchObject([{ caller: "shop", reason: expect.stringMatching(/^INVALID_INPUT: audience: /) }]);
  expect(await store.health.deadLetters(10)).toHaveLength(1);
  expect(await list()).toEqual([]);
});

test("one that was given up twice is answered as failed", async () => {
  await forward({ ...REQUEST, audience: { users: "ada" } }, { [AGAIN]: "1" });
  await expect
    .poll(events)
    .toMatchObject([{ reason: "it could not be stored, though it was tried many times" }]);
  expect(await list()).toEqual([]);
});
