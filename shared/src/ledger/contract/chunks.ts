import { assert, expect, test } from "vitest";
import { freshProgress, type Progress } from "../../domain/chunk.ts";
import { rejected } from "../../domain/outcome.ts";
import { makeMembers } from "../../testing/records.ts";
import type { Bench } from "../contract.ts";
import { BROADCAST, chunkOf, claimChunk, claimRange, makePage, openOf, plan, ROOT } from "./steps.ts";

const ODD_MEMBERS = [
  { address: "é:\u{1F600}-\uFF5E", kind: "fid" as const, path: "users/Grüße 👋🏽/fcm_tokens/a b" },
  { address: '"quoted" \\ and \u0001', kind: "token" as const, path: "users/1/fcm_tokens/2" },
];

export function describeChunks(bench: Bench): void {
  test("a missing chunk cannot be claimed", async () => {
    const { ledger } = bench();
    await plan(ledger, [1]);
    expect(await ledger.claimChunk(chunkOf(1), "repeat")).toEqual({ kind: "missing" });
  });

  test("a claim shows the members in order, all of them open", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    await ledger.addPage(ROOT, epoch, makePage([], { chunks: [ODD_MEMBERS] }));
    expect(await ledger.claimChunk(chunkOf(0), "repeat")).toMatchObject({
      kind: "claimed",
      handBacks: 0,
      ageMs: 0,
      chunk: {
        id: chunkOf(0),
        state: "open",
        members: ODD_MEMBERS,
        progress: freshProgress(2),
        possibleRepeats: 0,
      },
    });
  });

  test("a chunk holds 500 members and an outcome of each", async () => {
    const { ledger } = bench();
    await plan(ledger, [500, 500]);
    const { chunk, epoch } = await claimChunk(ledger, chunkOf(1));
    expect(chunk.members).toEqual(makeMembers(500, 500));
    expect(chunk.progress).toEqual(freshProgress(500));
    const outcomes: Progress["outcomes"] = {};
    for (let index = 0; index < 500; index++) outcomes[index] = rejected(`CODE_${index % 7}`);
    expect(await ledger.settleChunk(chunkOf(1), epoch, openOf([], { outcomes }))).toBe("done");
    const [settled] = await Array.fromAsync(ledger.chunks(BROADCAST, chunkOf(0)));
    expect(settled).toMatchObject({ state: "settled", members: chunk.members });
    expect(settled?.progress.outcomes).toEqual(outcomes);
  });

  test("of many claims at once one wins", async () => {
    const { ledger } = bench();
    await plan(ledger, [3]);
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => ledger.claimChunk(chunkOf(0), "repeat")),
    );
    const [won, ...more] = claims.filter((claim) => claim.kind === "claimed");
    assert(won);
    expect(more).toEqual([]);
    expect(claims.filter(({ kind }) => kind === "leased-elsewhere")).toHaveLength(9);
    expect(await ledger.renewChunk(chunkOf(0), won.epoch)).toBe("done");
  });

  test("many claims on many chunks at once take each chunk once", async () => {
    const { ledger } = bench();
    await plan(ledger, Array(12).fill(1));
    const tries = Array.from({ length: 36 }, (_, index) => ledger.claimChunk(chunkOf(index % 12), "repeat"));
    const won = (await Promise.all(tries)).filter((claim) => claim.kind === "claimed");
    const ids = won.map(({ chunk }) => chunk.id).sort();
    expect(ids).toEqual(Array.from({ length: 12 }, (_, index) => chunkOf(index)));
  });

  test("after its lease a chunk goes to one other, under a higher epoch", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [2]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    await advance(timing.leaseMs);
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => ledger.claimChunk(chunkOf(0), "repeat")),
    );
    const won = claims.filter((claim) => claim.kind === "claimed");
    expect(won).toMatchObject([{ epoch: 2 }]);
    expect(won[0]?.epoch).toBeGreaterThan(epoch);
    expect(won[0]?.ageMs).toBeGreaterThanOrEqual(timing.leaseMs);
    expect(claims.filter(({ kind }) => kind === "leased-elsewhere")).toHaveLength(4);
  });

  test("a renewed lease lasts its full length from then on", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [2]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    await advance(timing.leaseMs * 0.6);
    expect(await ledger.renewChunk(chunkOf(0), epoch)).toBe("done");
    await advance(timing.leaseMs * 0.6);
    expect(await ledger.claimChunk(chunkOf(0), "repeat")).toEqual({ kind: "leased-elsewhere" });
    await advance(timing.leaseMs * 0.4);
    expect((await claimChunk(ledger, chunkOf(0))).epoch).toBeGreaterThan(epoch);
  });

  test("a holder whose lease passed unnoticed may still write, as long as nobody took over", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [1]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    await advance(timing.leaseMs);
    expect(await ledger.settleChunk(chunkOf(0), epoch, openOf([]))).toBe("done");
    expect(await ledger.claimChunk(chunkOf(0), "repeat")).toEqual({ kind: "settled" });
  });

  test("progress that was noted shows, and the holder keeps the chunk", async () => {
    const { ledger } = bench();
    await plan(ledger, [4]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    await ledger.countRepeats(chunkOf(0), epoch, 1);
    const left = openOf([1, 3], { unsure: [3], maybe: [1, 3], outcomes: { 2: rejected("UNREGISTERED") } });
    expect(await ledger.noteProgress(chunkOf(0), epoch, left)).toBe("done");
    const [chunk] = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(chunk).toMatchObject({ state: "open", progress: left, possibleRepeats: 1 });
    const counts = { accepted: 1, rejected: 1, open: 2, possibleRepeats: 1, leasedMembers: 2 };
    expect(await ledger.standing(BROADCAST)).toMatchObject(counts);
    expect(await ledger.claimChunk(chunkOf(0), "repeat")).toEqual({ kind: "leased-elsewhere" });
    expect(await ledger.settleChunk(chunkOf(0), epoch, openOf([]))).toBe("done");
  });

  test("a chunk handed back is nobody's until its time, and then goes on from what was left", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [4]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    const left = openOf([1, 3], { outcomes: { 2: rejected("UNREGISTERED") } });
    expect(await ledger.releaseChunk(chunkOf(0), epoch, left, timing.leaseMs)).toBe("done");
    expect(await ledger.claimChunk(chunkOf(0), "repeat")).toEqual({ kind: "not-before" });
    await advance(timing.leaseMs);
    const again = await claimChunk(ledger, chunkOf(0));
    expect(again).toMatchObject({ handBacks: 1, chunk: { progress: left, possibleRepeats: 0 } });
    expect(again.epoch).toBeGreaterThan(epoch);
    expect(again.ageMs).toBeGreaterThanOrEqual(timing.leaseMs);
  });

  test("a chunk handed back without a wait can be claimed at once", async () => {
    const { ledger } = bench();
    await plan(ledger, [2]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    await ledger.releaseChunk(chunkOf(0), epoch, openOf([0]), 0);
    expect((await claimChunk(ledger, chunkOf(0))).chunk.progress).toEqual(openOf([0]));
  });

  test("a chunk with an open member cannot be settled", async () => {
    const { ledger } = bench();
    await plan(ledger, [2]);
    const { epoch, chunk } = await claimChunk(ledger, chunkOf(0));
    await expect(ledger.settleChunk(chunkOf(0), epoch, chunk.progress)).rejects.toThrow("open");
    expect((await ledger.standing(BROADCAST)).openChunks).toBe(1);
  });

  test("a settled chunk stays as it was settled", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [4]);
    const { epoch } = await claimChunk(ledger, chunkOf(0));
    const final = openOf([], { outcomes: { 0: rejected("UNREGISTERED"), 2: "unknown", 3: "expired" } });
    expect(await ledger.settleChunk(chunkOf(0), epoch, final)).toBe("done");
    const settled = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(settled).toMatchObject([{ state: "settled", progress: final, possibleRepeats: 0 }]);
    expect(await ledger.settleChunk(chunkOf(0), epoch, openOf([]))).toBe("done");
    await advance(timing.leaseMs);
    expect(await ledger.claimChunk(chunkOf(0), "repeat")).toEqual({ kind: "settled" });
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toEqual(settled);
  });
}
