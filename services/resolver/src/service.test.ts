import { rangeId } from "@fanfare/shared/domain/ids";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { broadcastsDue } from "@fanfare/shared/events/broadcasts-due";
import { createLog } from "@fanfare/shared/hosting/log";
import type { Service } from "@fanfare/shared/hosting/service";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startResolver } from "./service.ts";
import { type Bench, createBench } from "./testing/bench.ts";

let bench: Bench;
let resolver: Service;
beforeEach(() => {
  bench = createBench();
  resolver = startResolver({ ...bench.deps, log: createLog("resolver", "silent") });
});
afterEach(async () => {
  await resolver.close();
  await bench.store.close();
});

const release = (broadcastId: string) =>
  bench.store.bus.publish(broadcastsDue.topic, [broadcastsDue.encode({ broadcastId })]);

/** Resolves when everything published to a subscription has been handled. */
const handled = (subscription: string) =>
  expect.poll(() => bench.store.waiting(subscription), { interval: 5, timeout: 20_000 }).toEqual([]);

test("a release is resolved to chunks", async () => {
  const addresses = await bench.register(3);
  const broadcast = makeBroadcast("due");
  await bench.store.broadcasts.create(broadcast);
  await release(broadcast.id);
  await handled("resolver.due");
  expect(await bench.chunksOf(broadcast.id)).toEqual([addresses]);
});

test("a broadcast that waits for its time is not begun by a stray message", async () => {
  await bench.register(3);
  const broadcast = makeBroadcast("later", { phase: "scheduled", releasedAt: null });
  await bench.store.broadcasts.create(broadcast);
  await release(broadcast.id);
  await handled("resolver.due");
  expect(await bench.store.ledger.ranges(broadcast.id)).toEqual([]);
  expect(await bench.store.broadcasts.get(broadcast.id)).toEqual(broadcast);
});

test("the parts of a large audience are resolved from their own messages", async () => {
  await resolver.close();
  resolver = startResolver({ ...bench.deps, rangeSize: 20, log: createLog("resolver", "silent") });
  const addresses = await bench.register(200);
  const broadcast = makeBroadcast("large");
  await bench.store.broadcasts.create(broadcast);
  await release(broadcast.id);
  await handled("resolver.due");
  await handled("resolver.ranges");
  const ranges = await bench.store.ledger.ranges(broadcast.id);
  expect(ranges.length).toBeGreaterThan(5);
  expect(ranges.filter(({ state }) => state !== "closed")).toEqual([]);
  expect((await bench.chunksOf(broadcast.id)).flat()).toEqual(addresses);
});

test("messages about nothing end as dead letters, and are answered", async () => {
  const nothing = `b${"0".repeat(24)}`;
  await release(nothing);
  const range = audienceRanges.encode({ rangeId: rangeId(nothing, 1) });
  await bench.store.bus.publish(audienceRanges.topic, [range, { data: "not JSON" }]);
  await handled("resolver.due");
  await handled("resolver.ranges");
  await handled("resolver.bury");
  expect(await bench.store.broadcasts.list(undefined, 10)).toEqual([]);
});
