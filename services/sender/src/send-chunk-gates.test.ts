import { cancel, hold, pause, resume } from "@fanfare/shared/broadcasts/gates";
import type { Answer } from "@fanfare/shared/domain/answers";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { START } from "@fanfare/shared/testing/clock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import {
  ACCEPTED,
  MISMATCH,
  NOT_PROCESSED,
  UNAVAILABLE,
  UNREGISTERED,
} from "./testing/scripted-transport.ts";

let bench: Bench;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  bench = createBench();
});
afterEach(async () => {
  expect(vi.getTimerCount(), "no lease is kept that nobody needs").toBe(0);
  vi.useRealTimers();
  await bench.store.close();
});

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
    expect(await bench.outcomes(id)).toEqual([null, "rejected(UNREGISTERED)", null]);
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

describe("a lease", () => {
  /** Lets the lease pass and has another sender finish the chunk. */
  async function overtake(id: string): Promise<void> {
    await bench.store.advance(30_000);
    expect(await createSendChunk(bench.createSender(() => ACCEPTED).deps)(id)).toBe("settled");
  }

  test("lost in mid-round ends it, and nothing is written", async () => {
    const id = await bench.plan("lost", 6);
    const { deps } = bench.createSender(async ({ index }) => {
      if (index === 1) await overtake(id);
      return UNAVAILABLE;
    });
    expect(await createSendChunk(deps)(id)).toBe("elsewhere");
    const after = await bench.chunk(id);
    expect(after).toMatchObject({
      state: "settled",
      possibleRepeats: 6,
      progress: { open: [], outcomes: {} },
    });
    expect((await bench.broadcast(id))?.books).toMatchObject({ accepted: 6, possibleRepeats: 6 });
  });

  test("renewed in mid-round lets what was started before go out for so much longer", async () => {
    const id = await bench.plan("renewed", 1);
    const { deps, transport } = bench.createSender(async () => {
      await bench.store.advance(10_000);
      await vi.advanceTimersByTimeAsync(10_000);
      return ACCEPTED;
    });
    const { start } = transport;
    const known: { notAfter: () => number; atStart: number }[] = [];
    transport.start = (index, body, notAfter, onAnswer) => {
      known.push({ notAfter, atStart: notAfter() });
      start(index, body, notAfter, onAnswer);
    };
    expect(await createSendChunk(deps)(id)).toBe("settled");
    const times = known.map(({ notAfter, atStart }) => [atStart, notAfter()]);
    expect(times).toEqual([[START + 28_000, START + 38_000]]);
  });

  test("that passes while messages wait in the transport leaves them open, unsent and uncounted", async () => {
    const id = await bench.plan("asleep", 3);
    const woken = Promise.withResolvers<void>();
    const { deps } = bench.createSender(async ({ index }) => {
      if (index < 2) await woken.promise;
      else {
        await bench.store.advance(30_000);
        await pause(deps, broadcastOf(id), { by: "somebody" });
        expect(await deps.ledger.countHeld(broadcastOf(id)), "the stop is acknowledged").toBe(0);
        woken.resolve();
      }
      return NOT_PROCESSED;
    });
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(await bench.chunk(id)).toMatchObject({
      progress: { open: [0, 1, 2], unsure: [], maybe: [] },
      possibleRepeats: 0,
    });
  });

  test("lost before a retry leaves the retry to the other", async () => {
    const id = await bench.plan("lost in a wait", 2);
    const { deps, transport } = bench.createSender(() => UNAVAILABLE, { wait: () => overtake(id) });
    expect(await createSendChunk(deps)(id)).toBe("elsewhere");
    expect(transport.started).toHaveLength(2);
    expect((await bench.broadcast(id))?.books).toMatchObject({ accepted: 2, possibleRepeats: 2 });
  });

  test("that passed and is renewed starts nothing if a gate was closed meanwhile, whatever was seen before", async () => {
    const id = await bench.plan("slow renewal", 1);
    const { deps, transport } = bench.createSender(() => UNAVAILABLE, {
      wait: () => bench.store.advance(30_000),
    });
    const { renewChunk } = deps.ledger;
    deps.ledger = {
      ...deps.ledger,
      async renewChunk(...claim) {
        await bench.store.advance(1_000);
        await vi.advanceTimersByTimeAsync(1_000);
        await pause(deps, broadcastOf(id), { by: "somebody" });
        expect(await deps.ledger.countHeld(broadcastOf(id))).toBe(0);
        return renewChunk(...claim);
      },
    };
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(transport.started).toHaveLength(1);
  });

  test("that grows old while the gates are looked at starts nothing", async () => {
    const id = await bench.plan("slow store", 3);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const { get } = deps.broadcasts;
    let looks = 0;
    deps.broadcasts = {
      ...deps.broadcasts,
      async get(wanted) {
        looks += 1;
        if (looks === 3) await bench.store.advance(25_000);
        return get(wanted);
      },
    };
    const slot = transport.slot;
    transport.slot = async () => {
      if (transport.started.length === 1 && looks === 2) await bench.store.advance(1_000);
      return slot();
    };
    const events: string[] = [];
    const { start } = transport;
    transport.start = (index, ...rest) => {
      events.push(`start ${index}`);
      start(index, ...rest);
    };
    const { renewChunk } = deps.ledger;
    deps.ledger = {
      ...deps.ledger,
      renewChunk(...claim) {
        events.push("renew");
        return renewChunk(...claim);
      },
    };
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(events).toEqual(["start 0", "renew", "start 1", "start 2"]);
  });
});
