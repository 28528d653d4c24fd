import { describe, expect, test } from "vitest";
import { rangeId } from "../../domain/ids.ts";
import { makeMembers } from "../../testing/records.ts";
import type { Bench } from "../contract.ts";
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

export function describeReads(bench: Bench): void {
  describe("complete", () => {
    const complete = () => bench().ledger.complete(BROADCAST);

    test("is nothing that has not begun, nor anything with an open range", async () => {
      const { ledger } = bench();
      expect(await complete()).toBe(false);
      await ledger.openRoot(BROADCAST);
      expect(await complete()).toBe(false);
      const { epoch } = await claimRange(ledger);
      expect(await complete()).toBe(false);
      await ledger.closeRange(ROOT, epoch, NO_COUNTS);
      expect(await complete()).toBe(true);
      expect(await ledger.complete(OTHER)).toBe(false);
    });

    test("waits for every chunk, in whichever order they end", async () => {
      const { ledger } = bench();
      const epoch = await plan(ledger, [2, 2]);
      await settle(ledger, chunkOf(1));
      await settle(ledger, chunkOf(0));
      expect(await complete()).toBe(false);
      await ledger.addPage(ROOT, epoch, makePage([1], { from: "cursor-4" }));
      await ledger.closeRange(ROOT, epoch, NO_COUNTS);
      expect(await complete()).toBe(false);
      const { epoch: last } = await claimChunk(ledger, chunkOf(2));
      await ledger.releaseChunk(chunkOf(2), last, openOf([]), 0);
      expect(await complete()).toBe(false);
      await settle(ledger, chunkOf(2));
      expect(await complete()).toBe(true);
    });

    test("waits for a cut range to be closed, and for its children; a dead one is over", async () => {
      const { ledger } = bench();
      const epoch = await plan(ledger, []);
      await ledger.cutRange(ROOT, epoch, ["m"]);
      for (const index of [1, 2]) await ledger.buryRange(rangeId(BROADCAST, index), 0, 0);
      expect(await complete()).toBe(false);
      await ledger.closeRange(ROOT, epoch, NO_COUNTS);
      expect(await complete()).toBe(true);
    });
  });

  describe("chunks", () => {
    test("come in the order of ids, over all ranges, from any of them on", async () => {
      const { ledger } = bench();
      const epoch = await plan(ledger, Array(60).fill(1));
      await plan(ledger, [1, 1], OTHER);
      await ledger.cutRange(ROOT, epoch, ["m"]);
      for (const index of [2, 1]) {
        const { range, epoch } = await claimRange(ledger, rangeId(BROADCAST, index));
        await ledger.addPage(range.id, epoch, makePage(Array(50).fill(1), { from: range.cursor }));
      }
      const sizes: [number, number][] = [
        [0, 60],
        [1, 50],
        [2, 50],
      ];
      const ids = sizes.flatMap(([range, size]) =>
        Array.from({ length: size }, (_, sequence) => chunkOf(sequence, rangeId(BROADCAST, range))),
      );
      const read = async (after?: string) =>
        (await Array.fromAsync(ledger.chunks(BROADCAST, after))).map(({ id }) => id);
      expect(await read()).toEqual(ids);
      for (const index of [0, 39, 40, 59, 110, 158]) {
        expect(await read(ids[index])).toEqual(ids.slice(index + 1));
      }
      expect(await read(ids[159])).toEqual([]);
    });

    test("that are open come whole and in the order of ids, at most as many as asked for", async () => {
      const { ledger } = bench();
      await plan(ledger, [1, 1, 2, 1, 3]);
      await plan(ledger, [1], OTHER);
      await settle(ledger, chunkOf(1));
      const { epoch } = await claimChunk(ledger, chunkOf(2));
      const refusals = { trial: 1, said: [{ code: "CODE", says: "400 no", of: [1] }] };
      const progress = openOf([1], { maybe: [1], outcomes: { 0: "expired" }, refusals });
      await ledger.noteProgress(chunkOf(2), epoch, progress);
      const open = await ledger.openChunks(BROADCAST, 3);
      expect(open.map(({ id }) => id)).toEqual([chunkOf(0), chunkOf(2), chunkOf(3)]);
      expect(open[1]).toEqual({
        ...{ id: chunkOf(2), state: "open", inHand: true, possibleRepeats: 0 },
        ...{ members: makeMembers(2, 2), progress },
      });
      expect(open[2]).toMatchObject({ inHand: false, members: makeMembers(1, 4) });
      const all = await Array.fromAsync(ledger.chunks(BROADCAST));
      expect(await ledger.openChunks(BROADCAST, 10)).toEqual(all.filter(({ state }) => state === "open"));
    });

    test("do not change with what a caller does to what it gave or was given", async () => {
      const { ledger } = bench();
      await plan(ledger, [2]);
      const { epoch, chunk } = await claimChunk(ledger, chunkOf(0));
      const progress = openOf([0, 1], { unsure: [1], maybe: [1] });
      await ledger.noteProgress(chunkOf(0), epoch, progress);
      const before = await Array.fromAsync(ledger.chunks(BROADCAST));
      for (const given of [chunk, ...(await ledger.openChunks(BROADCAST, 1))]) {
        given.members.pop();
        given.progress.open.pop();
      }
      progress.open.pop();
      for (const range of await ledger.ranges(BROADCAST)) range.cursor = "changed";
      expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toEqual(before);
      expect(before).toMatchObject([{ members: makeMembers(2), progress: { open: [0, 1] } }]);
      expect(await ledger.ranges(BROADCAST)).toMatchObject([{ cursor: "cursor-2" }]);
    });

    test("of a broadcast without any there are none", async () => {
      const { ledger } = bench();
      await plan(ledger, [1], OTHER);
      expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toEqual([]);
      expect(await ledger.openChunks(BROADCAST, 10)).toEqual([]);
    });
  });
}
