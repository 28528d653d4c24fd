import { hold } from "@fanfare/shared/broadcasts/hold";
import type { Answer } from "@fanfare/shared/domain/answers";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { cancel } from "@fanfare/shared/operations/cancel";
import { pause } from "@fanfare/shared/operations/pause";
import { resume } from "@fanfare/shared/operations/resume";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import { useLeaseTimers } from "./testing/lease-timers.ts";
import { ACCEPTED, BAD_PAYLOAD, overQuota, UNAVAILABLE } from "./testing/scripted-transport.ts";

useLeaseTimers();
let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

const pauseNow = (id: string) => pause(bench.store, broadcastOf(id), { by: "ada" });
const holdNow = (id: string) => hold(bench.store.broadcasts, broadcastOf(id), "stop", "somebody", START);

describe("a broadcast that is paused", () => {
  test("is seen by whoever claims afterwards, however fresh a view of the gates is at hand", async () => {
    const broadcast = makeBroadcast("paused");
    await bench.store.broadcasts.create(broadcast);
    const [first = "", second = ""] = await bench.addChunks(broadcast.id, [
      makeMembers(1),
      makeMembers(2, 1),
    ]);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const sendChunk = createSendChunk(deps);
    expect(await sendChunk(first)).toBe("settled");
    await pauseNow(first);
    expect(await sendChunk(second)).toBe("parked");
    expect(transport.started).toHaveLength(1);
  });

  test("lets go of a chunk that waits for a retry within a second", async () => {
    const id = await bench.plan("paused in a wait", 2);
    let waited = 0;
    const { deps, transport } = bench.createSender(() => UNAVAILABLE, {
      async wait(ms, signal) {
        await pauseNow(id);
        for (; waited < ms && !signal.aborted; waited += 100) {
          await bench.store.advance(100);
          await vi.advanceTimersByTimeAsync(100);
        }
      },
    });
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(waited).toBeLessThanOrEqual(1_100);
    expect(transport.started).toHaveLength(2);
    expect(await bench.chunk(id)).toMatchObject({ progress: { unsure: [0, 1] }, possibleRepeats: 0 });
  });

  test("lets go of a chunk that waits for the quota within a second", async () => {
    const id = await bench.plan("paused in a line", 3);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    let turns = 0;
    deps.governor = {
      ...deps.governor,
      take: () => (++turns > 1 ? new Promise(() => undefined) : null),
    };
    const sending = createSendChunk(deps)(id);
    await vi.waitFor(() => expect(turns).toBe(2));
    await pauseNow(id);
    await bench.store.advance(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await sending).toBe("parked");
    expect(await bench.outcomes(id)).toEqual(["accepted", null, null]);
    expect(transport).toMatchObject({ started: { length: 1 }, slotsHeld: 0 });
  });

  test("goes on once it is resumed, unless it is held as well", async () => {
    const id = await bench.plan("paused and held", 1);
    await pauseNow(id);
    await holdNow(id);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const sendChunk = createSendChunk(deps);
    expect(await sendChunk(id)).toBe("parked");
    await resume(deps, broadcastOf(id), "paused", { by: "ada" });
    expect(await sendChunk(id)).toBe("parked");
    await resume(deps, broadcastOf(id), "held", { by: "ada" });
    expect(await sendChunk(id)).toBe("settled");
    expect(transport.started).toHaveLength(1);
  });
});

describe("a broadcast that is cancelled", () => {
  const cancelNow = (id: string) => cancel(bench.store, broadcastOf(id), { by: "ada", reason: "wrong text" });

  test("in mid-round starts nothing more after a second, and everybody else is cancelled", async () => {
    const id = await bench.plan("cancelled meanwhile", 50);
    const { deps, transport } = bench.createSender(async ({ index }) => {
      if (index === 0) await cancelNow(id);
      return ACCEPTED;
    });
    const slot = transport.slot;
    transport.slot = async () => {
      await bench.store.advance(100);
      return slot();
    };
    expect(await createSendChunk(deps)(id)).toBe("settled");
    const sent = transport.started.length;
    expect(sent).toBeLessThanOrEqual(12);
    const outcomes = await bench.outcomes(id);
    expect(outcomes.slice(0, sent).every((outcome) => outcome === "accepted")).toBe(true);
    expect(outcomes.slice(sent).every((outcome) => outcome === "cancelled")).toBe(true);
    expect(await bench.broadcast(id)).toMatchObject({
      phase: "cancelled",
      fault: "wrong text",
      books: { open: 0 },
    });
  });

  test("leaves unknown whom a lost answer leaves unsure, and does not ask again", async () => {
    const id = await bench.plan("cancelled in a wait", 3);
    const answers = [UNAVAILABLE, overQuota("1"), ACCEPTED];
    const { deps, transport } = bench.createSender(({ index }) => answers[index] as Answer, {
      async wait(ms) {
        await bench.store.advance(ms);
        await cancelNow(id);
      },
    });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(await bench.outcomes(id)).toEqual(["unknown", "cancelled", "accepted"]);
    expect(transport.started).toHaveLength(3);
  });

  test("and over is not looked at chunk by chunk", async () => {
    const id = await bench.plan("over", 1);
    await cancelNow(id);
    const { deps } = bench.createSender(() => ACCEPTED);
    const claims: string[] = [];
    deps.ledger = {
      ...deps.ledger,
      claimChunk(chunk, ...rest) {
        claims.push(chunk);
        return bench.store.ledger.claimChunk(chunk, ...rest);
      },
    };
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(claims).toEqual([]);
  });

  test("is not held by a fault that is found afterwards", async () => {
    const id = await bench.plan("cancelled, then at fault", 1);
    const { deps } = bench.createSender(async () => {
      await cancelNow(id);
      return BAD_PAYLOAD;
    });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(await bench.outcomes(id)).toEqual(["cancelled"]);
    expect((await bench.broadcast(id))?.gates).toMatchObject({ cancelled: { by: "ada" } });
  });
});

describe("a deadline", () => {
  test("in mid-round starts nothing more from that moment, and the rest is expired", async () => {
    const id = await bench.plan("late", 50, { endsAt: START + 1_000 });
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const slot = transport.slot;
    transport.slot = async () => {
      await bench.store.advance(100);
      return slot();
    };
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toHaveLength(9);
    expect((await bench.outcomes(id)).filter((outcome) => outcome === "expired")).toHaveLength(41);
  });

  test("ends what is paused, too", async () => {
    const id = await bench.plan("late and paused", 1, { endsAt: START + 1_000 });
    await pauseNow(id);
    await bench.store.advance(1_000);
    expect(await createSendChunk(bench.createSender(() => ACCEPTED).deps)(id)).toBe("settled");
    expect(await bench.outcomes(id)).toEqual(["expired"]);
  });

  test("shrinks what FCM may keep, message by message", async () => {
    const content = { title: "Sale", text: "today", ttlSeconds: 3 };
    const id = await bench.plan("shrinking", 4, { content, deadline: START + 9_000, endsAt: START + 3_000 });
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const slot = transport.slot;
    transport.slot = async () => {
      await bench.store.advance(700);
      return slot();
    };
    await createSendChunk(deps)(id);
    const kept = transport.started.map(({ message }) => message.android as { ttl: string });
    expect(kept.map(({ ttl }) => ttl)).toEqual(["3s", "2s", "1s", "1s"]);
  });
});
