import { expect, test } from "vitest";
import { outcomesOf } from "../../domain/chunk.ts";
import { rejected } from "../../domain/outcome.ts";
import type { Bench } from "../contract.ts";
import { BROADCAST, chunkOf, claimChunk, openOf, plan } from "./steps.ts";

const ID = chunkOf(0);

export function describeRepeats(bench: Bench): void {
  test("taking over a dead claim counts every open member, before it returns", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [5]);
    await claimChunk(ledger, ID);
    await advance(timing.leaseMs);
    const { chunk } = await claimChunk(ledger, ID);
    expect(chunk.possibleRepeats).toBe(5);
    expect(chunk.progress).toEqual(openOf([0, 1, 2, 3, 4], { maybe: [0, 1, 2, 3, 4] }));
    expect((await ledger.books(BROADCAST)).possibleRepeats).toBe(5);
    expect((await ledger.standing(BROADCAST)).possibleRepeats).toBe(5);
  });

  test("members who had an outcome before the crash are not counted", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [5]);
    const { epoch } = await claimChunk(ledger, ID);
    const left = openOf([1, 4], { outcomes: { 0: rejected("UNREGISTERED") } });
    await ledger.releaseChunk(ID, epoch, left, 0);
    await claimChunk(ledger, ID);
    await advance(timing.leaseMs);
    const { chunk } = await claimChunk(ledger, ID);
    expect(chunk.possibleRepeats).toBe(2);
    expect(chunk.progress).toEqual({ ...left, maybe: [1, 4] });
  });

  test("a crash after progress was noted counts only what was left", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [5]);
    const { epoch } = await claimChunk(ledger, ID);
    const left = openOf([1, 4], { unsure: [4], maybe: [4], outcomes: { 0: "expired" } });
    await ledger.noteProgress(ID, epoch, left);
    await advance(timing.leaseMs);
    const { chunk } = await claimChunk(ledger, ID);
    expect(chunk.possibleRepeats).toBe(2);
    expect(chunk.progress).toEqual({ ...left, unsure: [], maybe: [1, 4] });
  });

  test("each crash counts again", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [3]);
    await claimChunk(ledger, ID);
    await advance(timing.leaseMs);
    await claimChunk(ledger, ID);
    await advance(timing.leaseMs);
    expect((await claimChunk(ledger, ID)).chunk.possibleRepeats).toBe(6);
  });

  test("with miss a takeover ends every open member as unknown", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [4]);
    const { epoch } = await claimChunk(ledger, ID, "miss");
    const left = openOf([1, 2], { outcomes: { 0: rejected("UNREGISTERED") } });
    await ledger.releaseChunk(ID, epoch, left, 0);
    await claimChunk(ledger, ID, "miss");
    await advance(timing.leaseMs);
    const { chunk } = await claimChunk(ledger, ID, "miss");
    expect(outcomesOf(chunk)).toEqual([rejected("UNREGISTERED"), "unknown", "unknown", "accepted"]);
    expect(chunk.possibleRepeats).toBe(0);
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toEqual([chunk]);
    expect(await ledger.books(BROADCAST)).toMatchObject({ unknown: 2, open: 0, possibleRepeats: 0 });
  });

  test("members handed back as unsure are counted at the next claim, and once", async () => {
    const { ledger } = bench();
    await plan(ledger, [5]);
    const { epoch } = await claimChunk(ledger, ID);
    await ledger.releaseChunk(ID, epoch, openOf([0, 2, 3, 4], { unsure: [2, 3], maybe: [0, 2, 3] }), 0);
    expect((await ledger.books(BROADCAST)).possibleRepeats).toBe(0);
    const second = await claimChunk(ledger, ID);
    expect(second.chunk.possibleRepeats).toBe(2);
    expect(second.chunk.progress).toEqual(openOf([0, 2, 3, 4], { maybe: [0, 2, 3] }));
    await ledger.releaseChunk(ID, second.epoch, second.chunk.progress, 0);
    expect((await claimChunk(ledger, ID)).chunk.possibleRepeats).toBe(2);
  });

  test("with miss members handed back as unsure end as unknown", async () => {
    const { ledger } = bench();
    await plan(ledger, [3]);
    const { epoch } = await claimChunk(ledger, ID, "miss");
    await ledger.releaseChunk(ID, epoch, openOf([1, 2], { unsure: [2], maybe: [2] }), 0);
    const { chunk } = await claimChunk(ledger, ID, "miss");
    expect(outcomesOf(chunk)).toEqual(["accepted", null, "unknown"]);
    expect(chunk).toMatchObject({ possibleRepeats: 0, progress: { open: [1], unsure: [] } });
  });

  test("repeats counted by a holder add up and stay when the chunk is settled", async () => {
    const { ledger } = bench();
    await plan(ledger, [4]);
    const { epoch } = await claimChunk(ledger, ID);
    expect(await ledger.countRepeats(ID, epoch, 2)).toBe("done");
    expect(await ledger.countRepeats(ID, epoch, 1)).toBe("done");
    expect((await ledger.books(BROADCAST)).possibleRepeats).toBe(3);
    await ledger.settleChunk(ID, epoch, openOf([]));
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toMatchObject([{ possibleRepeats: 3 }]);
    expect((await ledger.standing(BROADCAST)).possibleRepeats).toBe(3);
  });
}
