import { beforeEach, expect, test } from "vitest";
import { update } from "../../broadcasts/index.ts";
import type { Gate } from "../../domain/broadcast.ts";
import { makeBroadcast } from "../../testing/records.ts";
import type { Bench } from "../contract.ts";
import { BROADCAST, chunkOf, claimChunk, OTHER, openOf, plan } from "./steps.ts";

const HELD: Gate = { reason: "test", by: "test", at: 0 };
const ID = chunkOf(0);
const LEFT = openOf([1, 2], { unsure: [2], maybe: [2], outcomes: { 0: "expired" } });

export function describeParking(bench: Bench): void {
  beforeEach(async () => {
    await bench().broadcasts.create(makeBroadcast("ledger"));
    await bench().broadcasts.create(makeBroadcast("another ledger"));
  });

  const setGate = (held?: Gate, id = BROADCAST) =>
    update(bench().broadcasts, id, (current) => ({ ...current, gates: held ? { held } : {} }));

  test("with its gates open nothing is parked, and the holder goes on", async () => {
    const { ledger } = bench();
    await plan(ledger, [4]);
    await setGate(HELD, OTHER);
    const { epoch } = await claimChunk(ledger, ID);
    const before = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(await ledger.parkChunk(ID, epoch, LEFT)).toBe("gates-open");
    expect(await Array.fromAsync(ledger.chunks(BROADCAST))).toEqual(before);
    expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "leased-elsewhere" });
    expect(await ledger.renewChunk(ID, epoch)).toBe("done");
  });

  test("a gate that opened meanwhile is open", async () => {
    const { ledger } = bench();
    await plan(ledger, [4]);
    await setGate(HELD);
    const { epoch } = await claimChunk(ledger, ID);
    await setGate();
    expect(await ledger.parkChunk(ID, epoch, LEFT)).toBe("gates-open");
  });

  test("a parked chunk keeps what was left of it, is nobody's and is not hinted at", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [4]);
    await setGate(HELD);
    const { epoch } = await claimChunk(ledger, ID);
    expect(await ledger.parkChunk(ID, epoch, LEFT)).toBe("done");
    const parked = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(parked).toMatchObject([{ state: "open", progress: LEFT, possibleRepeats: 0 }]);
    expect(await ledger.standing(BROADCAST)).toMatchObject({ openChunks: 1, open: 2, leasedMembers: 0 });
    await advance(timing.neverClaimedMs);
    expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "parked" });
    expect((await ledger.hints(10)).filter(({ kind }) => kind === "chunk")).toEqual([]);
  });

  test("an opened gate alone wakes nothing: unparking does, and makes the chunks due now", async () => {
    const { ledger } = bench();
    await plan(ledger, [4, 1]);
    await setGate(HELD);
    for (const id of [ID, chunkOf(1)]) {
      const { epoch } = await claimChunk(ledger, id);
      await ledger.parkChunk(id, epoch, id === ID ? LEFT : openOf([0]));
    }
    await setGate();
    expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "parked" });
    await ledger.unpark(BROADCAST);
    const hints = (await ledger.hints(10)).map(({ id }) => id).sort();
    expect(hints).toEqual([ID, chunkOf(1)]);
    const { chunk, handBacks } = await claimChunk(ledger, ID);
    expect(handBacks).toBe(0);
    expect(chunk).toMatchObject({ progress: { ...LEFT, unsure: [] }, possibleRepeats: 1 });
  });

  test("unparking leaves chunks alone that are not parked, settled, or another broadcast's", async () => {
    const { ledger } = bench();
    await plan(ledger, [1, 1, 1]);
    await plan(ledger, [1], OTHER);
    await setGate(HELD, OTHER);
    const foreign = chunkOf(0, `${OTHER}.000`);
    await ledger.parkChunk(foreign, (await claimChunk(ledger, foreign)).epoch, openOf([0]));
    const settled = await claimChunk(ledger, chunkOf(1));
    await ledger.settleChunk(chunkOf(1), settled.epoch, openOf([]));
    await claimChunk(ledger, chunkOf(2));
    await ledger.unpark(BROADCAST);
    await ledger.unpark(BROADCAST);
    expect(await ledger.hints(10)).toEqual([]);
    expect(await ledger.claimChunk(foreign, "repeat")).toEqual({ kind: "parked" });
    expect(await ledger.claimChunk(chunkOf(1), "repeat")).toEqual({ kind: "settled" });
    expect(await ledger.claimChunk(chunkOf(2), "repeat")).toEqual({ kind: "leased-elsewhere" });
  });

  test("a chunk's age starts anew when it is claimed after having been parked", async () => {
    const { ledger, advance, timing } = bench();
    await plan(ledger, [3]);
    await setGate(HELD);
    const { epoch } = await claimChunk(ledger, ID);
    await ledger.parkChunk(ID, epoch, LEFT);
    await advance(timing.leaseMs);
    await ledger.unpark(BROADCAST);
    expect((await claimChunk(ledger, ID)).ageMs).toBe(0);
  });

  test("a gate that closes again parks again", async () => {
    const { ledger } = bench();
    await plan(ledger, [3]);
    await setGate(HELD);
    const first = await claimChunk(ledger, ID);
    await ledger.parkChunk(ID, first.epoch, openOf([0, 1]));
    await ledger.unpark(BROADCAST);
    const second = await claimChunk(ledger, ID);
    expect(await ledger.parkChunk(ID, second.epoch, openOf([0]))).toBe("done");
    expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "parked" });
    expect(await ledger.hints(10)).toEqual([]);
  });
}
