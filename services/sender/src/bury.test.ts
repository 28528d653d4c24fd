import { hold } from "@fanfare/shared/broadcasts/hold";
import type { Delivery } from "@fanfare/shared/bus";
import { SOURCE_SUBSCRIPTION } from "@fanfare/shared/bus/dead-letters";
import { broadcastOf, chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { rejected } from "@fanfare/shared/domain/outcome";
import { tokenChunks } from "@fanfare/shared/events/token-chunks";
import { START } from "@fanfare/shared/testing/clock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bury } from "./bury.ts";
import { type Bench, createBench } from "./testing/bench.ts";

const UNDELIVERED = rejected("UNDELIVERED");

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

function deadLetter(id: string, from = "sender.chunks"): Delivery {
  const { data } = tokenChunks.encode({ chunkId: id });
  return { messageId: "m", data, attributes: { [SOURCE_SUBSCRIPTION]: from }, attempt: 1 };
}

test("members that nobody ever sent to end as undelivered, and the broadcast with them", async () => {
  const id = await bench.plan("never sent", 3);
  await bury(bench.store, deadLetter(id));
  expect(await bench.outcomes(id)).toEqual([UNDELIVERED, UNDELIVERED, UNDELIVERED]);
  expect(await bench.broadcast(id)).toMatchObject({
    phase: "failed",
    fault: "FCM accepted no message",
    books: { rejected: { UNDELIVERED: 3 }, open: 0 },
    owes: [],
    pruning: { state: "done" },
  });
});

test("members whom an attempt may have reached end as unknown, whoever made it", async () => {
  const id = await bench.plan("unsure", 4);
  const { epoch } = await bench.claim(id);
  const progress = { open: [1, 2, 3], unsure: [1], maybe: [1, 2], outcomes: {} };
  await bench.store.ledger.releaseChunk(id, epoch, progress, 0);
  await bury(bench.store, deadLetter(id));
  expect(await bench.outcomes(id)).toEqual(["accepted", "unknown", "unknown", UNDELIVERED]);
  expect(await bench.broadcast(id)).toMatchObject({ phase: "succeeded" });
});

test("members in the hands of a sender that died end as unknown", async () => {
  const id = await bench.plan("taken over", 2);
  await bench.claim(id);
  await bench.store.advance(30_000);
  await bury(bench.store, deadLetter(id, "sender.chunks-urgent"));
  expect(await bench.outcomes(id)).toEqual(["unknown", "unknown"]);
});

test("a chunk that somebody holds is left alone", async () => {
  const id = await bench.plan("held", 2);
  const { epoch } = await bench.claim(id);
  await bury(bench.store, deadLetter(id));
  expect(await bench.outcomes(id)).toEqual([null, null]);
  expect(await bench.store.ledger.renewChunk(id, epoch)).toBe("done");
});

test("a chunk that waits for its time is left alone", async () => {
  const id = await bench.plan("waits", 2);
  const { epoch, chunk } = await bench.claim(id);
  await bench.store.ledger.releaseChunk(id, epoch, chunk.progress, 60_000);
  await bury(bench.store, deadLetter(id));
  expect(await bench.outcomes(id)).toEqual([null, null]);
});

test("a chunk that is parked is left alone", async () => {
  const id = await bench.plan("parked", 2);
  await hold(bench.store.broadcasts, broadcastOf(id), "stop", "somebody", START);
  const { epoch, chunk } = await bench.claim(id);
  expect(await bench.store.ledger.parkChunk(id, epoch, chunk.progress)).toBe("done");
  await bury(bench.store, deadLetter(id));
  expect(await bench.outcomes(id)).toEqual([null, null]);
});

test("a chunk that is settled keeps its outcomes", async () => {
  const id = await bench.plan("settled", 2);
  await bench.settle(id, { 1: "expired" });
  await bury(bench.store, deadLetter(id));
  expect(await bench.outcomes(id)).toEqual(["accepted", "expired"]);
});

test("a letter about nothing, or about pruning, needs no answer", async () => {
  const missing = chunkId(rangeId(`b${"0".repeat(24)}`, 0), 0);
  await bury(bench.store, deadLetter(missing));
  const pruning = { ...deadLetter(missing, "sender.prune"), data: "not JSON" };
  await bury(bench.store, pruning);
  expect(await bench.store.broadcasts.list(undefined, 10)).toEqual([]);
});

test("a letter that cannot be read is an error for good", async () => {
  const broken = { ...deadLetter(""), data: "not JSON" };
  await expect(bury(bench.store, broken)).rejects.toMatchObject({ name: "TerminalError", code: "NOT_JSON" });
});

test("every letter is noted, with the chunk it was about where it names one, and no word of its data", async () => {
  const id = await bench.plan("noted", 1);
  await bury(bench.store, deadLetter(id));
  const broken = { ...deadLetter(""), messageId: "n", data: "address-000000" };
  await expect(bury(bench.store, broken)).rejects.toThrow();
  const letter = { subscription: "sender.chunks", reason: "it failed at every attempt", at: START };
  const noted = await bench.store.health.deadLetters(10);
  expect(noted).toHaveLength(2);
  expect(noted).toEqual(
    expect.arrayContaining([
      { ...letter, messageId: "m", about: id },
      { ...letter, messageId: "n" },
    ]),
  );
});
