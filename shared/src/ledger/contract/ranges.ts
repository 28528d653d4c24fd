import { expect, test } from "vitest";
import type { Range } from "../../domain/range.ts";
import type { Bench } from "../contract.ts";
import { BROADCAST, chunkOf, claimRange, makePage, NO_COUNTS, OTHER, plan, ROOT } from "./steps.ts";

const FRESH: Range = {
  id: ROOT,
  state: "open",
  span: { after: "", upTo: null },
  cursor: "",
  made: 0,
  published: 0,
  children: 0,
  counts: NO_COUNTS,
  deaths: 0,
  unreadAbout: 0,
};

export function describeRanges(bench: Bench): void {
  test("the first range is the whole audience", async () => {
    const { ledger } = bench();
    expect(await ledger.openRoot(BROADCAST)).toBe(ROOT);
    expect(await ledger.ranges(BROADCAST)).toEqual([FRESH]);
    expect(await ledger.ranges(OTHER)).toEqual([]);
  });

  test("opening it again changes nothing, whatever became of it", async () => {
    const { ledger } = bench();
    const epoch = await plan(ledger, [2]);
    const before = await ledger.ranges(BROADCAST);
    expect(await ledger.openRoot(BROADCAST)).toBe(ROOT);
    expect(await ledger.ranges(BROADCAST)).toEqual(before);
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "leased-elsewhere" });
    expect(await ledger.closeRange(ROOT, epoch, NO_COUNTS)).toBe("done");
    await ledger.openRoot(BROADCAST);
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "closed" });
  });

  test("opened by many at once it is one", async () => {
    const { ledger } = bench();
    const ids = await Promise.all(Array.from({ length: 6 }, () => ledger.openRoot(BROADCAST)));
    expect(new Set(ids)).toEqual(new Set([ROOT]));
    expect(await ledger.ranges(BROADCAST)).toEqual([FRESH]);
  });

  test("a missing range cannot be claimed", async () => {
    expect(await bench().ledger.claimRange(ROOT)).toEqual({ kind: "missing" });
  });

  test("of many claims at once one wins", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    const claims = await Promise.all(Array.from({ length: 10 }, () => ledger.claimRange(ROOT)));
    expect(claims.filter(({ kind }) => kind === "claimed")).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === "leased-elsewhere")).toHaveLength(9);
  });

  test("after its lease a range goes to one other, who goes on from the cursor", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [3, 2]);
    await advance(timing.leaseMs);
    const claims = await Promise.all(Array.from({ length: 5 }, () => ledger.claimRange(ROOT)));
    const [won] = claims.filter((claim) => claim.kind === "claimed");
    expect(won?.epoch).toBeGreaterThan(epoch);
    expect(won?.range).toMatchObject({ cursor: "cursor-5", made: 2, published: 0 });
    expect(claims.filter(({ kind }) => kind === "leased-elsewhere")).toHaveLength(4);
  });

  test("a renewed lease lasts its full length from then on", async () => {
    const { ledger, advance, timing } = bench();
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    await advance(timing.leaseMs * 0.6);
    expect(await ledger.renewRange(ROOT, epoch)).toBe("done");
    await advance(timing.leaseMs * 0.6);
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "leased-elsewhere" });
    await advance(timing.leaseMs * 0.4);
    expect((await claimRange(ledger)).epoch).toBeGreaterThan(epoch);
  });

  test("pages move the cursor, number their chunks on and add up their counts", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    const first = makePage([3, 2], { counts: { read: 7, withoutAddress: 1, spaced: 1, late: 2 } });
    expect(await ledger.addPage(ROOT, epoch, first)).toBe("done");
    const allLate = {
      from: "cursor-5",
      cursor: "m",
      counts: { read: 4, withoutAddress: 2, spaced: 2, late: 4 },
    };
    expect(await ledger.addPage(ROOT, epoch, makePage([], { ...allLate, published: 1 }))).toBe("done");
    expect(await ledger.addPage(ROOT, epoch, makePage([1], { from: "m", cursor: "n", published: 2 }))).toBe(
      "done",
    );
    const counts = { read: 12, withoutAddress: 3, spaced: 3, late: 6 };
    expect(await ledger.ranges(BROADCAST)).toEqual([
      { ...FRESH, cursor: "n", made: 3, published: 2, counts },
    ]);
    const chunks = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(chunks.map(({ id }) => id)).toEqual([chunkOf(0), chunkOf(1), chunkOf(2)]);
    expect(chunks.map(({ members }) => members)).toEqual([...first.chunks, ...makePage([1]).chunks]);
  });

  test.each([
    ["the same page again", ""],
    ["a page from behind the cursor", "cursor-9"],
  ])("%s is fenced and creates nothing", async (_, from) => {
    const { ledger } = bench();
    const epoch = await plan(ledger, [2, 2]);
    const before = await ledger.ranges(BROADCAST);
    expect(await ledger.addPage(ROOT, epoch, makePage([2, 2], { from }))).toBe("fenced");
    expect(await ledger.ranges(BROADCAST)).toEqual(before);
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toHaveLength(2);
  });

  test("one page written many times at once is written once", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    const page = makePage([2, 1]);
    const results = await Promise.all(Array.from({ length: 5 }, () => ledger.addPage(ROOT, epoch, page)));
    expect(results.toSorted()).toEqual(["done", "fenced", "fenced", "fenced", "fenced"]);
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toHaveLength(2);
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ made: 2, counts: { read: 3 } }]);
  });

  test("what is made counts as published by the close at the latest", async () => {
    const { ledger } = bench();
    const epoch = await plan(ledger, [1, 1, 1]);
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ made: 3, published: 0 }]);
    expect(await ledger.closeRange(ROOT, epoch, { read: 1, withoutAddress: 5, late: 1 })).toBe("done");
    const counts = { read: 4, withoutAddress: 5, late: 1 };
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ state: "closed", published: 3, counts }]);
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "closed" });
  });

  test("a released range can be claimed at once, and goes on from its cursor", async () => {
    const { ledger, timing } = bench();
    const epoch = await plan(ledger, [4]);
    expect(await ledger.releaseRange(ROOT, epoch, timing.leaseMs)).toBe("done");
    const again = await claimRange(ledger);
    expect(again.epoch).toBeGreaterThan(epoch);
    expect(again.range).toMatchObject({ state: "open", cursor: "cursor-4", made: 1 });
  });
}
