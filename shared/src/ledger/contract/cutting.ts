import { expect, test } from "vitest";
import { rangeId } from "../../domain/ids.ts";
import type { Bench } from "../contract.ts";
import { BROADCAST, chunkOf, claimRange, makePage, NO_COUNTS, plan, ROOT } from "./steps.ts";

const child = (index: number) => rangeId(BROADCAST, index);

export function describeCutting(bench: Bench): void {
  test("a cut makes a range between each two neighbours among cursor, bounds and end", async () => {
    const { ledger } = bench();
    const epoch = await plan(ledger, [3]);
    expect(await ledger.cutRange(ROOT, epoch, ["m", "\uFF5E", "\u{1F600}"])).toBe("done");
    const [root, ...children] = await ledger.ranges(BROADCAST);
    expect(root).toMatchObject({ id: ROOT, state: "cut", cursor: "cursor-3", made: 1, children: 4 });
    expect(children.map(({ id, span }) => [id, span.after, span.upTo])).toEqual([
      [child(1), "cursor-3", "m"],
      [child(2), "m", "\uFF5E"],
      [child(3), "\uFF5E", "\u{1F600}"],
      [child(4), "\u{1F600}", null],
    ]);
    for (const { cursor, span, ...rest } of children) {
      expect(cursor).toBe(span.after);
      expect(rest).toMatchObject({ state: "open", made: 0, published: 0, children: 0, counts: NO_COUNTS });
    }
  });

  test("a cut range is read no further, nor cut again, and its pages are its own", async () => {
    const { ledger } = bench();
    const epoch = await plan(ledger, [3]);
    await ledger.cutRange(ROOT, epoch, ["m"]);
    const before = await ledger.ranges(BROADCAST);
    expect(await ledger.addPage(ROOT, epoch, makePage([1], { from: "cursor-3" }))).toBe("fenced");
    expect(await ledger.cutRange(ROOT, epoch, ["p"])).toBe("fenced");
    expect(await ledger.ranges(BROADCAST)).toEqual(before);
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toHaveLength(1);
  });

  test("a cut range stays to be claimed until it is closed", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [1]);
    await ledger.cutRange(ROOT, epoch, ["m", "p"]);
    await advance(timing.leaseMs);
    const again = await claimRange(ledger);
    expect(again.range).toMatchObject({ state: "cut", children: 3 });
    expect(await ledger.closeRange(ROOT, again.epoch, { ...NO_COUNTS, withoutAddress: 2 })).toBe("done");
    const [root, ...children] = await ledger.ranges(BROADCAST);
    expect(root).toMatchObject({ state: "closed", children: 3, counts: { withoutAddress: 2 } });
    expect(children.map(({ state }) => state)).toEqual(["open", "open", "open"]);
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "closed" });
  });

  test("a child is read like any range and cannot be cut", async () => {
    const { ledger } = bench();
    const epoch = await plan(ledger, [1]);
    await ledger.cutRange(ROOT, epoch, ["m"]);
    const claim = await claimRange(ledger, child(2));
    expect(claim.range).toMatchObject({ id: child(2), cursor: "m", made: 0 });
    expect(await ledger.cutRange(child(2), claim.epoch, ["p"])).toBe("fenced");
    const page = makePage([2, 1], { from: "m" });
    expect(await ledger.addPage(child(2), claim.epoch, page)).toBe("done");
    expect(await ledger.closeRange(child(2), claim.epoch, NO_COUNTS)).toBe("done");
    const ids = (await Array.fromAsync(ledger.chunks(BROADCAST))).map(({ id }) => id);
    expect(ids).toEqual([chunkOf(0), chunkOf(0, child(2)), chunkOf(1, child(2))]);
    expect((await ledger.ranges(BROADCAST)).map(({ state }) => state)).toEqual(["cut", "open", "closed"]);
  });

  test("a cut into 400 is one cut", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    const bounds = Array.from({ length: 399 }, (_, index) => `b${String(index).padStart(3, "0")}`);
    expect(await ledger.cutRange(ROOT, epoch, bounds)).toBe("done");
    const [root, ...children] = await ledger.ranges(BROADCAST);
    expect(root).toMatchObject({ state: "cut", children: 400 });
    expect(children.map(({ id }) => id)).toEqual(bounds.concat("end").map((_, index) => child(index + 1)));
    expect(children.map(({ span }) => span.after)).toEqual(["", ...bounds]);
    expect(children.map(({ span }) => span.upTo)).toEqual([...bounds, null]);
  });

  test("a range cut many times at once is cut once", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    const cuts = [["b"], ["c", "d"], ["e", "f", "g"]].map((bounds) => ledger.cutRange(ROOT, epoch, bounds));
    const results = await Promise.all(cuts);
    expect(results.toSorted()).toEqual(["done", "fenced", "fenced"]);
    const children = results.indexOf("done") + 2;
    expect(await ledger.ranges(BROADCAST)).toHaveLength(children + 1);
  });
}
