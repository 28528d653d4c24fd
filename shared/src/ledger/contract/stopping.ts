import { expect, test } from "vitest";
import { update } from "../../broadcasts/index.ts";
import { outcomesOf } from "../../domain/chunk.ts";
import { rejected } from "../../domain/outcome.ts";
import { makeBroadcast } from "../../testing/records.ts";
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

export function describeStopping(bench: Bench): void {
  test("a range that is stopped ends at its cursor, whoever works on it, and its holder is fenced off", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [2]);
    await ledger.stopRange(ROOT, 40);
    expect(await ledger.ranges(BROADCAST)).toMatchObject([
      { state: "stopped", cursor: "cursor-2", made: 1, unreadAbout: 40 },
    ]);
    expect(await ledger.addPage(ROOT, epoch, makePage([1], { from: "cursor-2" }))).toBe("fenced");
    expect(await ledger.cutRange(ROOT, epoch, ["m"])).toBe("fenced");
    expect(await ledger.closeRange(ROOT, epoch, NO_COUNTS)).toBe("fenced");
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "closed" });
    await ledger.stopRange(ROOT, 7);
    expect(await ledger.buryRange(ROOT, 0, 9)).toBe("left-alone");
    expect((await ledger.books(BROADCAST)).unresolvedAbout).toBe(40);
    await advance(timing.neverClaimedMs);
    expect((await ledger.hints(10)).filter(({ kind }) => kind === "range")).toEqual([]);
  });

  test("a range that was cut leaves nothing unread when it is stopped: its children do", async () => {
    const { ledger } = bench();
    const epoch = await plan(ledger, []);
    await ledger.cutRange(ROOT, epoch, ["m"]);
    const [root, first, second] = await ledger.ranges(BROADCAST);
    await ledger.stopRange(root?.id ?? "", 0);
    const child = await claimRange(ledger, first?.id);
    await ledger.closeRange(first?.id ?? "", child.epoch, NO_COUNTS);
    await ledger.stopRange(first?.id ?? "", 5);
    await ledger.stopRange(second?.id ?? "", 6);
    const states = (await ledger.ranges(BROADCAST)).map(({ state, unreadAbout }) => [state, unreadAbout]);
    expect(states).toEqual([
      ["closed", 0],
      ["closed", 0],
      ["stopped", 6],
    ]);
    expect(await ledger.complete(BROADCAST)).toBe(true);
  });

  test("a missing range cannot be stopped", async () => {
    const { ledger } = bench();
    await ledger.stopRange(ROOT, 5);
    expect(await ledger.ranges(BROADCAST)).toEqual([]);
  });

  test("closing ends every chunk that no live claim holds, by what is known of its members", async () => {
    const { ledger, broadcasts, advance, timing } = bench();
    await broadcasts.create(makeBroadcast("ledger", { gates: { paused: { by: "test", at: 0 } } }));
    await plan(ledger, [2, 2, 2, 2, 1, 1]);
    const [fresh, back, parked, dead, live, over] = [0, 1, 2, 3, 4, 5].map((place) => chunkOf(place));
    const late = await claimChunk(ledger, dead ?? "");
    await advance(timing.leaseMs);
    const tried = openOf([0, 1], { unsure: [1], maybe: [1] });
    await ledger.releaseChunk(back ?? "", (await claimChunk(ledger, back ?? "")).epoch, tried, 60_000);
    await ledger.parkChunk(parked ?? "", (await claimChunk(ledger, parked ?? "")).epoch, openOf([1]));
    const holder = await claimChunk(ledger, live ?? "");
    await settle(ledger, over ?? "", { 0: rejected("UNREGISTERED") });
    expect(await ledger.countHeld(BROADCAST)).toBe(1);

    await ledger.closeChunks(BROADCAST, "cancelled");
    const chunks = async () => Array.fromAsync(ledger.chunks(BROADCAST));
    const outcomes = new Map((await chunks()).map((chunk) => [chunk.id, outcomesOf(chunk)]));
    expect(outcomes).toEqual(
      new Map([
        [fresh, ["cancelled", "cancelled"]],
        [back, ["cancelled", "unknown"]],
        [parked, ["accepted", "cancelled"]],
        [dead, ["unknown", "unknown"]],
        [live, [null]],
        [over, [rejected("UNREGISTERED")]],
      ]),
    );
    expect((await chunks()).map(({ state, inHand }) => [state, inHand])).toEqual([
      ...Array.from({ length: 4 }, () => ["settled", false]),
      ["open", true],
      ["settled", false],
    ]);
    expect(await ledger.standing(BROADCAST)).toMatchObject({ cancelled: 4, unknown: 3, possibleRepeats: 0 });

    const before = await chunks();
    expect(await ledger.settleChunk(dead ?? "", late.epoch, openOf([]))).toBe("fenced");
    await ledger.unpark(BROADCAST);
    await ledger.closeChunks(BROADCAST, "expired");
    expect(await chunks()).toEqual(before);
    expect(await ledger.renewChunk(live ?? "", holder.epoch)).toBe("done");
    await advance(timing.leaseMs);
    expect(await ledger.countHeld(BROADCAST)).toBe(0);
    await ledger.closeChunks(BROADCAST, "expired");
    expect((await chunks()).every(({ state }) => state === "settled")).toBe(true);
    await advance(timing.neverClaimedMs);
    expect((await ledger.hints(10)).filter(({ kind }) => kind === "chunk")).toEqual([]);
  });

  test("closing is one broadcast's, and goes on where there is much to close", async () => {
    const { ledger } = bench();
    await plan(
      ledger,
      Array.from({ length: 60 }, () => 1),
    );
    await plan(ledger, [1], OTHER);
    await ledger.closeChunks(BROADCAST, "cancelled");
    expect(await ledger.standing(BROADCAST)).toMatchObject({ openChunks: 0, cancelled: 60 });
    expect(await ledger.standing(OTHER)).toMatchObject({ openChunks: 1, cancelled: 0 });
  });

  test.each([
    ["paused", { paused: { by: "test", at: 0 } }, "done"],
    ["paused and held", { paused: { by: "test", at: 0 }, held: { by: "test", at: 0 } }, "done"],
    ["cancelled", { cancelled: { by: "test", at: 0 } }, "gates-open"],
    ["held, then cancelled", { held: { by: "test", at: 0 }, cancelled: { by: "test", at: 0 } }, "gates-open"],
  ] as const)("a chunk of a broadcast that is %s is parked only to wait", async (_, gates, written) => {
    const { ledger, broadcasts } = bench();
    await broadcasts.create(makeBroadcast("ledger"));
    await plan(ledger, [1]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    await update(broadcasts, BROADCAST, (current) => ({ ...current, gates }));
    expect(await ledger.parkChunk(chunkOf(0), epoch, openOf([0]))).toBe(written);
  });
}
