import { describe, expect, test } from "vitest";
import { rangeId } from "../../domain/ids.ts";
import { makeBroadcast } from "../../testing/records.ts";
import type { Bench } from "../contract.ts";
import type { Hint } from "../index.ts";
import {
  BROADCAST,
  chunkOf,
  claimChunk,
  claimRange,
  makePage,
  NO_COUNTS,
  OTHER,
  openOf,
  plan,
  ROOT,
  settle,
} from "./steps.ts";

const range = (id = ROOT): Hint => ({ kind: "range", id });
const chunk = (sequence: number): Hint => ({ kind: "chunk", id: chunkOf(sequence) });
const byId = (hints: readonly Hint[]) => hints.toSorted((a, b) => (a.id < b.id ? -1 : 1));

export function describeHints(bench: Bench): void {
  test("what nobody ever claimed is hinted at after its time, and not before", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [1, 1]);
    await ledger.cutRange(ROOT, epoch, ["m"]);
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    await advance(timing.neverClaimedMs / 2);
    expect(await ledger.hints(10)).toEqual([]);
    await advance(timing.neverClaimedMs / 2);
    const children = [1, 2].map((index) => range(rangeId(BROADCAST, index)));
    expect(byId(await ledger.hints(10))).toEqual([chunk(0), chunk(1), ...children]);
  });

  test("what a dead holder left is hinted at when its lease has passed, the longest due first", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [1, 1]);
    await advance(timing.leaseMs / 4);
    await claimChunk(ledger, chunkOf(1));
    await advance(timing.leaseMs / 2);
    expect(await ledger.hints(10)).toEqual([]);
    await advance(timing.leaseMs / 2);
    expect(await ledger.hints(10)).toEqual([range(), chunk(1)]);
    expect(await ledger.hints(1)).toEqual([range()]);
  });

  test("what was handed back is hinted at after its wait", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [2]);
    const claim = await claimChunk(ledger, chunkOf(0));
    await ledger.releaseChunk(chunkOf(0), claim.epoch, openOf([0]), timing.leaseMs / 2);
    await ledger.releaseRange(ROOT, epoch, timing.leaseMs);
    expect(await ledger.hints(10)).toEqual([]);
    await advance(timing.leaseMs / 2);
    expect(await ledger.hints(10)).toEqual([chunk(0)]);
    await advance(timing.leaseMs / 2);
    expect(await ledger.hints(10)).toEqual([chunk(0), range()]);
  });

  test("a renewed lease puts its hint off", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [1]);
    const claim = await claimChunk(ledger, chunkOf(0));
    await advance(timing.leaseMs * 0.6);
    await ledger.renewRange(ROOT, epoch);
    await ledger.renewChunk(chunkOf(0), claim.epoch);
    await advance(timing.leaseMs * 0.6);
    expect(await ledger.hints(10)).toEqual([]);
    await advance(timing.leaseMs * 0.4);
    expect(byId(await ledger.hints(10))).toEqual([range(), chunk(0)]);
  });

  test("what is over is never hinted at", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [1]);
    const claim = await claimChunk(ledger, chunkOf(0));
    await ledger.settleChunk(chunkOf(0), claim.epoch, openOf([]));
    await ledger.cutRange(ROOT, epoch, ["m"]);
    const first = await claimRange(ledger, rangeId(BROADCAST, 1));
    await ledger.closeRange(first.range.id, first.epoch, NO_COUNTS);
    await ledger.buryRange(rangeId(BROADCAST, 2), 0, 0);
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    await advance(timing.neverClaimedMs * 2);
    expect(await ledger.hints(10)).toEqual([]);
  });

  test("what was hinted at comes again after a wait that doubles", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, []);
    await advance(timing.leaseMs);
    await ledger.hinted([range()]);
    expect(await ledger.hints(10)).toEqual([]);
    await advance(timing.leaseMs);
    expect(await ledger.hints(10)).toEqual([range()]);
    await ledger.hinted([range()]);
    await advance(timing.leaseMs);
    expect(await ledger.hints(10)).toEqual([]);
    await advance(timing.leaseMs);
    expect(await ledger.hints(10)).toEqual([range()]);
  });

  test("noting a hint twice is noting it once, and touches no other", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [1, 1]);
    await claimChunk(ledger, chunkOf(0));
    await claimChunk(ledger, chunkOf(1));
    await advance(timing.leaseMs);
    await ledger.hinted([chunk(0)]);
    await ledger.hinted([chunk(0)]);
    expect(byId(await ledger.hints(10))).toEqual([range(), chunk(1)]);
    await advance(timing.leaseMs);
    expect(byId(await ledger.hints(10))).toEqual([range(), chunk(0), chunk(1)]);
  });

  test("a hint noted after its chunk was claimed does not put off the next", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [1]);
    await advance(timing.neverClaimedMs);
    const hints = await ledger.hints(10);
    await claimRange(ledger);
    await claimChunk(ledger, chunkOf(0));
    await ledger.hinted(hints);
    await advance(timing.leaseMs);
    expect(byId(await ledger.hints(10))).toEqual([range(), chunk(0)]);
  });

  test("a hint noted after its chunk was settled wakes nothing", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [1]);
    await advance(timing.neverClaimedMs);
    const hints = await ledger.hints(10);
    expect(hints).toContainEqual(chunk(0));
    const claim = await claimChunk(ledger, chunkOf(0));
    await ledger.settleChunk(chunkOf(0), claim.epoch, openOf([]));
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    await ledger.hinted(hints);
    await advance(timing.neverClaimedMs);
    expect(await ledger.hints(10)).toEqual([]);
  });

  test("200 hints are noted in one call", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, Array(200).fill(1));
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    await advance(timing.neverClaimedMs);
    const hints = await ledger.hints(1_000);
    expect(byId(hints)).toEqual(Array.from({ length: 200 }, (_, index) => chunk(index)));
    await ledger.hinted(hints);
    expect(await ledger.hints(1_000)).toEqual([]);
  });

  test("a page of chunks is due as it was made, whatever became of its range", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [1]);
    await advance(timing.neverClaimedMs / 2);
    await ledger.addPage(ROOT, epoch, makePage([1], { from: "cursor-1" }));
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    await advance(timing.neverClaimedMs / 2);
    expect(await ledger.hints(10)).toEqual([chunk(0)]);
    await advance(timing.neverClaimedMs / 2);
    expect(await ledger.hints(10)).toEqual([chunk(0), chunk(1)]);
  });

  test("with a delay only those are told that have been due for longer", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [1]);
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    await advance(timing.neverClaimedMs);
    expect(await ledger.hints(10, timing.leaseMs)).toEqual([]);
    await advance(timing.leaseMs);
    expect(await ledger.hints(10, timing.leaseMs)).toEqual([chunk(0)]);
  });

  describe("rousing", () => {
    const chunksDue = async () =>
      byId(await bench().ledger.hints(20)).flatMap(({ kind, id }) => (kind === "chunk" ? [id] : []));

    test("makes due what anybody may take up, and leaves alone what is held, parked, waits or is over", async () => {
      const { ledger, broadcasts, advance, timing } = bench();
      const gates = { held: { reason: "test", by: "test", at: 0 } };
      await broadcasts.create(makeBroadcast("ledger", { gates }));
      await plan(ledger, [1, 1, 1, 1, 1]);
      await plan(ledger, [1], OTHER);
      await advance(timing.neverClaimedMs);
      await ledger.hinted(await ledger.hints(20));
      await claimChunk(ledger, chunkOf(1));
      const parked = await claimChunk(ledger, chunkOf(2));
      await ledger.parkChunk(chunkOf(2), parked.epoch, openOf([0]));
      const waiting = await claimChunk(ledger, chunkOf(3));
      await ledger.releaseChunk(chunkOf(3), waiting.epoch, openOf([0]), timing.neverClaimedMs);
      await settle(ledger, chunkOf(4));
      expect(await ledger.hints(20)).toEqual([]);
      const [leaseLeftMs, waitMs] = [expect.any(Number), expect.any(Number)];
      const free = { claimed: false, leaseLeftMs: null, waitMs: 0, parked: false };
      expect(await ledger.openWork(BROADCAST, 10)).toEqual([
        { ...free, kind: "range", claimed: true, leaseLeftMs },
        { ...free, kind: "chunk" },
        { ...free, kind: "chunk", claimed: true, leaseLeftMs },
        { ...free, kind: "chunk", claimed: true, parked: true },
        { ...free, kind: "chunk", claimed: true, waitMs },
      ]);
      await ledger.rouse(BROADCAST);
      expect(byId(await ledger.hints(20))).toEqual([range(), chunk(0)]);
    });

    test("rouses some at a time, in the order of ids, and their waits begin anew", async () => {
      const { ledger, advance, timing } = bench();
      await plan(ledger, [1, 1, 1]);
      for (let time = 0; time < 2; time++) {
        await advance(timing.neverClaimedMs);
        await ledger.hinted(await ledger.hints(20));
      }
      expect(await ledger.openWork(BROADCAST, 2)).toHaveLength(3);
      await ledger.rouse(BROADCAST, 2);
      expect(await chunksDue()).toEqual([chunkOf(0), chunkOf(1)]);
      await ledger.hinted(await ledger.hints(20));
      expect(await chunksDue()).toEqual([]);
      await advance(timing.neverClaimedMs);
      expect(await chunksDue()).toEqual([chunkOf(0), chunkOf(1)]);
    });
  });
}
