import { expect, test } from "vitest";
import type { Bench } from "../contract.ts";
import { BROADCAST, chunkOf, claimRange, makePage, NO_COUNTS, ROOT, settle } from "./steps.ts";

const COUNTS = { read: 6, withoutAddress: 2, spaced: 1, late: 1 };
const PAGE = makePage([3, 2], { counts: COUNTS });

export function describePlanning(bench: Bench): void {
  test("an audience that was read is a closed range and its chunks", async () => {
    const { ledger } = bench();
    expect(await ledger.openPlanned(BROADCAST, PAGE)).toBe("planned");
    const closed = { state: "closed", cursor: PAGE.cursor, made: 2, published: 2, counts: COUNTS };
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ id: ROOT, ...closed }]);
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "closed" });
    const chunks = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(chunks.map(({ id, members }) => ({ id, members }))).toEqual([
      { id: chunkOf(0), members: PAGE.chunks[0] },
      { id: chunkOf(1), members: PAGE.chunks[1] },
    ]);
    expect(await ledger.books(BROADCAST)).toMatchObject({
      resolved: 5,
      open: 5,
      withoutAddress: 2,
      spaced: 1,
      late: 1,
    });
  });

  test("it is complete when its chunks are, at once where it has none", async () => {
    const { ledger } = bench();
    await ledger.openPlanned(BROADCAST, PAGE);
    await settle(ledger, chunkOf(0));
    expect(await ledger.complete(BROADCAST)).toBe(false);
    await settle(ledger, chunkOf(1));
    expect(await ledger.complete(BROADCAST)).toBe(true);
  });

  test("one without anybody is complete at once", async () => {
    const { ledger } = bench();
    await ledger.openPlanned(BROADCAST, makePage([]));
    expect(await ledger.complete(BROADCAST)).toBe(true);
    expect(await ledger.standing(BROADCAST)).toMatchObject({ ranges: 1, openRanges: 0, resolved: 0 });
  });

  test("where somebody has begun to resolve it nothing is written", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    expect(await ledger.openPlanned(BROADCAST, PAGE)).toBe("exists");
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toEqual([]);
    const { epoch } = await claimRange(ledger);
    expect(await ledger.closeRange(ROOT, epoch, NO_COUNTS)).toBe("done");
  });

  test("by many at once it is planned once, and opening it later changes nothing", async () => {
    const { ledger } = bench();
    const results = await Promise.all(Array.from({ length: 6 }, () => ledger.openPlanned(BROADCAST, PAGE)));
    expect(results.filter((result) => result === "planned")).toHaveLength(1);
    const before = await ledger.ranges(BROADCAST);
    expect(await ledger.openRoot(BROADCAST)).toBe(ROOT);
    expect(await ledger.openPlanned(BROADCAST, makePage([1]))).toBe("exists");
    expect(await ledger.ranges(BROADCAST)).toEqual(before);
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toHaveLength(2);
  });

  test("chunks that nobody took are hinted at after a lease", async () => {
    const { ledger, advance, timing } = bench();
    await ledger.openPlanned(BROADCAST, PAGE);
    await settle(ledger, chunkOf(0));
    await advance(timing.leaseMs / 2);
    expect(await ledger.hints(10)).toEqual([]);
    await advance(timing.leaseMs / 2);
    expect(await ledger.hints(10)).toEqual([{ kind: "chunk", id: chunkOf(1) }]);
  });
}
