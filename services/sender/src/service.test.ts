import type { Answer } from "@fanfare/shared/domain/answers";
import { broadcastOf, chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { pruneEvent } from "@fanfare/shared/events/broadcast-events";
import { tokenChunks, urgentTokenChunks } from "@fanfare/shared/events/token-chunks";
import type { Service } from "@fanfare/shared/hosting/service";
import { makeMember } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSender } from "./service.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import {
  ACCEPTED,
  type Script,
  type ScriptedTransport,
  UNAVAILABLE,
  UNREGISTERED,
} from "./testing/scripted-transport.ts";

let bench: Bench;
let sender: Service | undefined;
beforeEach(() => {
  bench = createBench();
});
afterEach(async () => {
  await sender?.close();
  await bench.store.close();
});

function start(script: Script, fields: Parameters<Bench["createSender"]>[1] = {}): ScriptedTransport {
  const { deps, transport } = bench.createSender(script, fields);
  const { registrations, senders, health, sync } = bench.store;
  sender = startSender({ ...deps, registrations, senders, health, sync });
  return transport;
}

const publish = (id: string, lane = tokenChunks) =>
  bench.store.bus.publish(lane.topic, [lane.encode({ chunkId: id })]);

/** Resolves when everything published to a subscription has been handled. */
const handled = (subscription: string) =>
  expect.poll(() => bench.store.waiting(subscription), { interval: 5, timeout: 20_000 }).toEqual([]);

test("chunks of both lanes are sent", async () => {
  const transport = start(() => ACCEPTED);
  const ids = [await bench.plan("many", 3), await bench.plan("few", 2)];
  await publish(ids[0] ?? "");
  await publish(ids[1] ?? "", urgentTokenChunks);
  await handled("sender.chunks");
  await handled("sender.chunks-urgent");
  expect(transport.started).toHaveLength(5);
  for (const id of ids) expect((await bench.broadcast(id))?.phase).toBe("succeeded");
});

test("a chunk whose message comes five times is sent once", async () => {
  const transport = start(() => ACCEPTED);
  const id = await bench.plan("five times", 4);
  await Promise.all(Array.from({ length: 5 }, () => publish(id)));
  await handled("sender.chunks");
  expect(transport.started).toHaveLength(4);
});

test("dead addresses are pruned when the broadcast has finished", async () => {
  await bench.store.registrations.put([{ ...makeMember(0), deviceType: "iOS" }]);
  await bench.store.advance(1_000);
  const id = await bench.plan("dead", 1, { releasedAt: bench.store.now() });
  start(() => UNREGISTERED);
  await publish(id);
  await handled("sender.chunks");
  await handled("sender.prune");
  expect(await bench.store.registrations.size()).toBe(0);
  expect(await bench.store.registrations.countPruned(broadcastOf(id))).toBe(1);
  await bench.store.bus.publish("broadcast-events", [pruneEvent(broadcastOf(id))]);
  await handled("sender.prune");
  expect(await bench.broadcast(id)).toMatchObject({
    owes: [],
    pruning: { state: "done" },
  });
});

test("messages about nothing end as dead letters, and are answered", async () => {
  start(() => ACCEPTED);
  const nothing = chunkId(rangeId(`b${"0".repeat(24)}`, 0), 0);
  await publish(nothing);
  await bench.store.bus.publish(tokenChunks.topic, [{ data: "not JSON" }]);
  await handled("sender.chunks");
  await handled("sender.bury");
  expect(await bench.store.broadcasts.list(undefined, 10)).toEqual([]);
});

test("closing starts nothing more, waits for what is under way, and hands back what is left", async () => {
  const id = await bench.plan("closing", 20);
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Answer>();
  const transport = start(({ index }) => {
    if (index === 0) begun.resolve();
    return index === 0 ? answer.promise : ACCEPTED;
  });
  const slot = transport.slot;
  transport.slot = async () => {
    // Nobody gets a second slot before the first message is under way and the process is asked to end.
    if (transport.started.length > 0) await closing.promise;
    return slot();
  };
  const closing = Promise.withResolvers<void>();
  await publish(id);
  await begun.promise;
  let closed = false;
  const ended = sender?.close().then(() => {
    closed = true;
  });
  closing.resolve();
  await new Promise(setImmediate);
  expect(closed).toBe(false);
  answer.resolve(UNAVAILABLE);
  await ended;
  expect(transport.started).toHaveLength(1);
  expect(await bench.chunk(id)).toMatchObject({ state: "open", progress: { unsure: [0], maybe: [0] } });
  expect(await bench.outcomes(id)).toEqual(Array(20).fill(null));
  expect(bench.store.waiting("sender.chunks"), "the tick will ask again").toEqual([]);
  await bench.store.advance(10_000);
  expect(await bench.store.ledger.hints(10)).toEqual([{ kind: "chunk", id }]);
});

test("closing while everybody waits for a pause to end gives the messages back", async () => {
  const id = await bench.plan("pause", 1);
  const waiting = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const governor = {
    take: () => null,
    ready() {
      waiting.resolve();
      return over.promise;
    },
    heard() {},
    close: async () => over.resolve(),
  };
  const transport = start(() => ACCEPTED, { governor });
  await publish(id);
  await waiting.promise;
  await sender?.close();
  expect(transport.started).toEqual([]);
  expect(bench.store.waiting("sender.chunks")).toHaveLength(1);
});

test("closing waits until the governor has said its last to the other senders: the store is closed next", async () => {
  const farewell = Promise.withResolvers<void>();
  const governor = {
    take: () => null,
    ready: () => null,
    heard() {},
    close: () => farewell.promise,
  };
  start(() => ACCEPTED, { governor });
  let closed = false;
  const ended = sender?.close().then(() => {
    closed = true;
  });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(closed).toBe(false);
  farewell.resolve();
  await ended;
  expect(closed).toBe(true);
});
