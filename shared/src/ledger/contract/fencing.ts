import { describe, expect, test } from "vitest";
import type { ChunkId, RangeId } from "../../domain/ids.ts";
import { makeBroadcast } from "../../testing/records.ts";
import type { Bench } from "../contract.ts";
import type { Ledger } from "../index.ts";
import {
  BROADCAST,
  chunkOf,
  claimChunk,
  claimRange,
  makePage,
  NO_COUNTS,
  openOf,
  plan,
  ROOT,
} from "./steps.ts";

type Write<Id> = [method: string, write: (ledger: Ledger, id: Id, epoch: number) => Promise<string>];

const LEFT = openOf([0], { unsure: [0], maybe: [0], outcomes: { 1: "unknown" } });

const RANGE_WRITES: Write<RangeId>[] = [
  ["renewRange", (ledger, id, epoch) => ledger.renewRange(id, epoch)],
  ["addPage", (ledger, id, epoch) => ledger.addPage(id, epoch, makePage([1], { from: "cursor-2" }))],
  ["cutRange", (ledger, id, epoch) => ledger.cutRange(id, epoch, ["m"])],
  ["releaseRange", (ledger, id, epoch) => ledger.releaseRange(id, epoch, 0)],
  ["closeRange", (ledger, id, epoch) => ledger.closeRange(id, epoch, { ...NO_COUNTS, read: 1 })],
];

const CHUNK_WRITES: Write<ChunkId>[] = [
  ["renewChunk", (ledger, id, epoch) => ledger.renewChunk(id, epoch)],
  ["countRepeats", (ledger, id, epoch) => ledger.countRepeats(id, epoch, 1)],
  ["noteProgress", (ledger, id, epoch) => ledger.noteProgress(id, epoch, LEFT)],
  ["releaseChunk", (ledger, id, epoch) => ledger.releaseChunk(id, epoch, LEFT, 0)],
  ["parkChunk", (ledger, id, epoch) => ledger.parkChunk(id, epoch, LEFT)],
  ["settleChunk", (ledger, id, epoch) => ledger.settleChunk(id, epoch, openOf([]))],
];

/** Everything that a write could have changed. */
async function stateOf(ledger: Ledger): Promise<unknown> {
  const chunks = await Array.fromAsync(ledger.chunks(BROADCAST));
  return { ranges: await ledger.ranges(BROADCAST), chunks, standing: await ledger.standing(BROADCAST) };
}

async function expectFenced<Id>(ledger: Ledger, writes: Write<Id>[], id: Id, epoch: number): Promise<void> {
  const before = await stateOf(ledger);
  for (const [method, write] of writes) expect(await write(ledger, id, epoch), method).toBe("fenced");
  expect(await stateOf(ledger)).toEqual(before);
}

export function describeFencing(bench: Bench): void {
  describe("no write to a range", () => {
    test("by a holder who was taken over: the new one keeps it", async () => {
      const { ledger, advance, timing } = bench();
      const epoch = await plan(ledger, [2]);
      await advance(timing.leaseMs);
      const taker = await claimRange(ledger);
      await expectFenced(ledger, RANGE_WRITES, ROOT, epoch);
      expect(await ledger.claimRange(ROOT)).toEqual({ kind: "leased-elsewhere" });
      expect(await ledger.addPage(ROOT, taker.epoch, makePage([1], { from: "cursor-2" }))).toBe("done");
    });

    test("by a holder who let it go", async () => {
      const { ledger } = bench();
      const epoch = await plan(ledger, [2]);
      await ledger.releaseRange(ROOT, epoch, 0);
      await expectFenced(ledger, RANGE_WRITES, ROOT, epoch);
      expect((await claimRange(ledger)).epoch).toBeGreaterThan(epoch);
    });

    test("by a holder who closed it", async () => {
      const { ledger } = bench();
      const epoch = await plan(ledger, [2]);
      await ledger.closeRange(ROOT, epoch, NO_COUNTS);
      await expectFenced(ledger, RANGE_WRITES, ROOT, epoch);
      expect(await ledger.claimRange(ROOT)).toEqual({ kind: "closed" });
    });

    test("under an epoch that no claim was given", async () => {
      const { ledger } = bench();
      const epoch = await plan(ledger, [2]);
      await expectFenced(ledger, RANGE_WRITES, ROOT, epoch + 1);
      await expectFenced(ledger, RANGE_WRITES, ROOT, 0);
    });

    test("that was never claimed, or is missing", async () => {
      const { ledger } = bench();
      await expectFenced(ledger, RANGE_WRITES, ROOT, 0);
      await ledger.openRoot(BROADCAST);
      for (const epoch of [0, 1]) await expectFenced(ledger, RANGE_WRITES, ROOT, epoch);
    });
  });

  describe("no write to a chunk", () => {
    const ID = chunkOf(0);

    /** A chunk that could be parked, were it held. */
    async function prepare() {
      const opened = bench();
      const gates = { held: { reason: "test", by: "test", at: 0 } };
      await opened.broadcasts.create(makeBroadcast("ledger", { gates }));
      await plan(opened.ledger, [3]);
      return opened;
    }

    test("by a holder who was taken over: the new one keeps it", async () => {
      const { ledger, advance, timing } = await prepare();
      const { epoch } = await claimChunk(ledger, ID);
      await advance(timing.leaseMs);
      const taker = await claimChunk(ledger, ID);
      await expectFenced(ledger, CHUNK_WRITES, ID, epoch);
      expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "leased-elsewhere" });
      expect(await ledger.settleChunk(ID, taker.epoch, openOf([]))).toBe("done");
      await expectFenced(ledger, CHUNK_WRITES, ID, epoch);
    });

    test("by a holder who handed it back", async () => {
      const { ledger } = await prepare();
      const { epoch } = await claimChunk(ledger, ID);
      await ledger.releaseChunk(ID, epoch, LEFT, 0);
      await expectFenced(ledger, CHUNK_WRITES, ID, epoch);
      expect((await claimChunk(ledger, ID)).chunk.progress.open).toEqual([0]);
    });

    test("by a holder who parked it", async () => {
      const { ledger } = await prepare();
      const { epoch } = await claimChunk(ledger, ID);
      expect(await ledger.parkChunk(ID, epoch, LEFT)).toBe("done");
      await expectFenced(ledger, CHUNK_WRITES, ID, epoch);
      expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "parked" });
    });

    test("by a holder who settled it, other than settling it again", async () => {
      const { ledger } = await prepare();
      const { epoch } = await claimChunk(ledger, ID);
      await ledger.settleChunk(ID, epoch, openOf([], { outcomes: { 1: "expired" } }));
      const others = CHUNK_WRITES.filter(([method]) => method !== "settleChunk");
      await expectFenced(ledger, others, ID, epoch);
      expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "settled" });
    });

    test("under an epoch that no claim was given", async () => {
      const { ledger } = await prepare();
      const { epoch } = await claimChunk(ledger, ID);
      await expectFenced(ledger, CHUNK_WRITES, ID, epoch + 1);
      await expectFenced(ledger, CHUNK_WRITES, ID, 0);
    });

    test("that was never claimed, or is missing", async () => {
      const { ledger } = await prepare();
      for (const epoch of [0, 1]) await expectFenced(ledger, CHUNK_WRITES, ID, epoch);
      await expectFenced(ledger, CHUNK_WRITES, chunkOf(1), 0);
    });
  });
}
