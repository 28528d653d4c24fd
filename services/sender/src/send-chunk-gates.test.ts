import { hold } from "@fanfare/shared/broadcasts/hold";
import type { Answer } from "@fanfare/shared/domain/answers";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { rejected } from "@fanfare/shared/domain/outcome";
import { cancel } from "@fanfare/shared/operations/cancel";
import { resume } from "@fanfare/shared/operations/resume";
import { START } from "@fanfare/shared/testing/clock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import { useLeaseTimers } from "./testing/lease-timers.ts";
import { ACCEPTED, MISMATCH, UNAVAILABLE, UNREGISTERED } from "./testing/scripted-transport.ts";

useLeaseTimers();
let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

const holdNow = (id: string) => hold(bench.store.broadcasts, broadcastOf(id), "stop", "somebody", START);

describe("a gate that closes", () => {
  test("before the chunk is claimed parks it unsent", async () => {
    const id = await bench.plan("held before", 3);
    await holdNow(id);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(transport.started).toEqual([]);
    expect(await bench.outcomes(id)).toEqual([null, null, null]);
  });

  test("during a round stops it within a second, and keeps what was done", async () => {
    const id = await bench.plan("held meanwhile", 50);
    const { deps, transport } = bench.createSender(async ({ index }) => {
      if (index === 0) await holdNow(id);
      return ACCEPTED;
    });
    const slot = transport.slot;
    transport.slot = async () => {
      await bench.store.advance(100);
      return slot();
    };
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(transport.started.length).toBeLessThanOrEqual(12);
    expect((await bench.outcomes(id)).filter((outcome) => outcome === "accepted")).toHaveLength(
      transport.started.length,
    );
  });

  test("by another sender, which doubts a code, opens again whom this one rejected with it", async () => {
    const id = await bench.plan("another's wave", 3);
    const { deps } = bench.createSender(
      ({ index }) => [MISMATCH, UNREGISTERED, UNAVAILABLE][index] as Answer,
      {
        async wait(ms) {
          await bench.store.advance(ms);
          await hold(
            bench.store.broadcasts,
            broadcastOf(id),
            "a wave",
            "sender",
            START,
            "SENDER_ID_MISMATCH",
          );
        },
      },
    );
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(await bench.outcomes(id)).toEqual([null, rejected("UNREGISTERED"), null]);
  });

  test("during a wait parks the chunk, and its unsure members stay unsure", async () => {
    const id = await bench.plan("held in a wait", 2);
    const { deps, transport } = bench.createSender(({ index }) => (index === 0 ? UNAVAILABLE : ACCEPTED), {
      async wait(ms) {
        await bench.store.advance(ms);
        await holdNow(id);
      },
    });
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(transport.started).toHaveLength(2);
    expect(await bench.chunk(id)).toMatchObject({ progress: { open: [0], unsure: [0] }, possibleRepeats: 0 });
    await resume(deps, broadcastOf(id), "held", { by: "somebody" });
    const counted: number[] = [];
    const { deps: other } = bench.createSender(async () => {
      counted.push((await bench.chunk(id)).possibleRepeats);
      return ACCEPTED;
    });
    expect(await createSendChunk(other)(id)).toBe("settled");
    expect(counted).toEqual([1]);
  });

  test("and opens again before the chunk is parked stops nothing", async () => {
    const id = await bench.plan("held and resumed", 2);
    await holdNow(id);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const { parkChunk } = deps.ledger;
    deps.ledger = {
      ...deps.ledger,
      async parkChunk(...request) {
        await resume(deps, broadcastOf(id), "held", { by: "somebody" });
        return parkChunk(...request);
      },
    };
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toHaveLength(2);
  });

  test("and is cancelled before the chunk is parked lets nothing out", async () => {
    const id = await bench.plan("held and cancelled", 2);
    await holdNow(id);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const { parkChunk } = deps.ledger;
    deps.ledger = {
      ...deps.ledger,
      async parkChunk(...request) {
        await cancel(deps, broadcastOf(id), { by: "somebody" });
        return parkChunk(...request);
      },
    };
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toEqual([]);
    expect(await bench.outcomes(id)).toEqual(["cancelled", "cancelled"]);
  });
});

test("a round that takes longer than the handler's time ends early, and hands back who was not sent to", async () => {
  const id = await bench.plan("slow round", 50);
  const { deps, transport } = bench.createSender(() => ACCEPTED, { budgetMs: 3_000 });
  const slot = transport.slot;
  transport.slot = async () => {
    await bench.store.advance(500);
    return slot();
  };
  expect(await createSendChunk(deps)(id)).toBe("later");
  expect(transport.started.length).toBeGreaterThan(0);
  expect(transport.started.length).toBeLessThan(12);
  const { progress } = await bench.chunk(id);
  expect(progress).toMatchObject({ unsure: [], maybe: [] });
  expect(progress.open).toHaveLength(50 - transport.started.length);
});

describe("a sender that is asked to end", () => {
  test("in mid-round starts nothing more, hands back what is left, and another goes on", async () => {
    const id = await bench.plan("drained", 10);
    const { deps, transport, drain } = bench.createSender(({ index }) => {
      if (index === 3) drain();
      return index === 1 ? UNAVAILABLE : ACCEPTED;
    });
    expect(await createSendChunk(deps)(id)).toBe("later");
    const sent = transport.started.length;
    expect(sent).toBeLessThan(10);
    const left = Array.from({ length: 10 }, (_, index) => index).filter(
      (index) => index === 1 || index >= sent,
    );
    const { progress, possibleRepeats } = await bench.chunk(id);
    expect(progress).toEqual({ open: left, unsure: [1], maybe: [1], outcomes: {} });
    expect(possibleRepeats).toBe(0);

    await bench.store.advance(10_000);
    const counted: number[] = [];
    const { deps: other, transport: next } = bench.createSender(async () => {
      counted.push((await bench.chunk(id)).possibleRepeats);
      return ACCEPTED;
    });
    expect(await createSendChunk(other)(id)).toBe("settled");
    expect(next.started.map(({ index }) => index)).toEqual(left);
    expect(new Set(counted)).toEqual(new Set([1]));
    expect(await bench.broadcast(id)).toMatchObject({ books: { accepted: 10, possibleRepeats: 1 } });
  });

  test("while it waits hands the chunk back at once", async () => {
    const id = await bench.plan("drained in a wait", 1);
    const { deps, drain } = bench.createSender(() => UNAVAILABLE, { wait: async () => drain() });
    expect(await createSendChunk(deps)(id)).toBe("later");
    expect(bench.store.now()).toBe(START);
    expect(await bench.store.ledger.claimChunk(id, "repeat"), "not before it may be retried").toEqual({
      kind: "not-before",
    });
    await bench.store.advance(10_000);
    expect((await bench.claim(id)).chunk.possibleRepeats).toBe(1);
  });

  test("before it has looked at the chunk gives the message back", async () => {
    const id = await bench.plan("not looked at", 1);
    const { deps, drain, transport } = bench.createSender(() => ACCEPTED);
    drain();
    await expect(createSendChunk(deps)(id)).rejects.toMatchObject({
      name: "RetryableError",
      code: "DRAINING",
    });
    expect(transport.started).toEqual([]);
    expect((await bench.claim(id)).epoch).toBe(1);
  });
});
