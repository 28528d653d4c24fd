import { broadcastOf } from "@fanfare/shared/domain/ids";
import { pause } from "@fanfare/shared/operations/pause";
import { START } from "@fanfare/shared/testing/clock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createGovernor } from "./governor.ts";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import { useLeaseTimers } from "./testing/lease-timers.ts";
import { ACCEPTED, NOT_PROCESSED, UNAVAILABLE } from "./testing/scripted-transport.ts";
import type { Turn } from "./turn.ts";

useLeaseTimers();
let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

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
        await pause(deps, broadcastOf(id), { by: "ada" });
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
        await pause(deps, broadcastOf(id), { by: "ada" });
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

describe.each([
  ["set back by a quarter of an hour", -900_000],
  ["set on by a day", 86_400_000],
])("a wall clock that is %s while a retry is awaited", (_, stepMs) => {
  test("neither lengthens the wait nor shortens it, nor ends the tries", async () => {
    const id = await bench.plan("stepped", 2);
    const { deps, transport, waits } = bench.createSender(
      ({ attempt }) => (attempt === 1 ? UNAVAILABLE : ACCEPTED),
      {
        async wait(ms) {
          waits.push(ms);
          bench.store.stepWall(stepMs);
          await bench.store.advance(ms);
        },
      },
    );
    const before = bench.store.bootNow();
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(waits).toEqual([10_000]);
    expect(bench.store.bootNow() - before).toBe(10_000);
    expect(transport.started).toHaveLength(4);
    expect(await bench.outcomes(id)).toEqual(["accepted", "accepted"]);
  });

  test("does not move when another may go on with what is handed back", async () => {
    const id = await bench.plan("stepped and handed back", 1);
    const { deps } = bench.createSender(
      async () => {
        bench.store.stepWall(stepMs);
        return UNAVAILABLE;
      },
      { budgetMs: 5_000 },
    );
    expect(await createSendChunk(deps)(id)).toBe("later");
    await bench.store.advance(9_999);
    expect(await bench.store.ledger.claimChunk(id, "repeat")).toEqual({ kind: "not-before" });
    await bench.store.advance(1);
    expect((await bench.claim(id)).chunk.possibleRepeats).toBe(1);
  });
});

describe("a pause of FCM's that outlasts the handler's time", () => {
  const BUDGET_MS = 480_000;
  /** FCM asks everybody to wait, over and over, and time goes on by itself. */
  function asking(now: () => number) {
    const limited = { kind: "retry", unsure: false, limit: "project", afterMs: 300_000 } as const;
    const governor = createGovernor(null, { now, after: () => undefined });
    governor.heard("a", limited);
    return governor;
  }
  async function passTime(ms: number): Promise<void> {
    await bench.store.advance(ms);
    await vi.advanceTimersByTimeAsync(1_000);
  }

  test("before the chunk is claimed leaves it to the tick, and the message did not fail", async () => {
    const id = await bench.plan("not begun", 1);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const governor = asking(deps.steady);
    const waits = vi.fn(governor.ready);
    const handled = createSendChunk({
      ...deps,
      governor: { ...governor, ready: waits },
      budgetMs: BUDGET_MS,
    })(id);
    await vi.waitFor(() => expect(waits).toHaveBeenCalled());
    await passTime(BUDGET_MS + 1);
    expect(await handled).toBe("later");
    expect(transport.started).toEqual([]);
    expect((await bench.claim(id)).epoch).toBe(1);
  });

  test("in mid-round hands the chunk back in time", async () => {
    const id = await bench.plan("in mid-round", 3);
    let governor = createGovernor(null, { now: bench.store.bootNow, after: () => undefined });
    const { deps, transport } = bench.createSender(() => {
      governor = asking(bench.store.bootNow);
      return ACCEPTED;
    });
    const asked = {
      take: (turn: Turn) => governor.take(turn),
      ready: () => null,
      heard() {},
      async close() {},
    };
    const handled = createSendChunk({ ...deps, governor: asked, budgetMs: BUDGET_MS })(id);
    await vi.waitFor(() => expect(transport.started.length).toBeGreaterThan(0));
    const sent = transport.started.length;
    expect(sent).toBeLessThan(3);
    await passTime(BUDGET_MS + 1);
    expect(await handled).toBe("later");
    expect((await bench.chunk(id)).progress.open).toHaveLength(3 - sent);
  });
});
