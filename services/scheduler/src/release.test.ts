import { createFirestoreBroadcasts } from "@fanfare/shared/broadcasts/firestore";
import { certainClock } from "@fanfare/shared/clock";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import type { WireRequest } from "@fanfare/shared/events/broadcast-requests";
import { createLog } from "@fanfare/shared/hosting/log";
import { createFirestoreLedger } from "@fanfare/shared/ledger/firestore";
import { CATCH_UP_MS, type SubmitDeps, submit } from "@fanfare/shared/operations/submit";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { createFailingBus } from "@fanfare/shared/testing/failing-bus";
import { openFreshFirestore } from "@fanfare/shared/testing/firestore";
import { makeDocument } from "@fanfare/shared/testing/records";
import { createStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flutterflowDefaults } from "./flutterflow/settings.ts";
import { type TickDeps, tick } from "./tick.ts";

const LEASE_MS = 30_000;
/** Before any release, by whatever clock. */
const LONG_AGO = { createdAt: 0 };

type Records = Pick<SubmitDeps, "registrations" | "broadcasts" | "ledger" | "now">;

/** A scheduler's parts on a store that no other test sees. Its bus is that of one machine, whatever the records. */
function createBench(open: () => Partial<Records> & { close?: () => Promise<void> }) {
  const store = createStore();
  const { close, ...records } = open();
  const bus = createFailingBus(store.bus);
  const rules = {
    usersCollection: "users",
    catchUpMs: CATCH_UP_MS,
    longestMs: LONGEST_MS,
    stuckMs: 600_000,
    ...flutterflowDefaults,
    log: createLog("scheduler", "silent"),
    clock: certainClock,
  };
  const deps: TickDeps = { ...store, ...records, bus, ...rules };
  return {
    deps,
    bus,
    advance: store.advance,
    urgent: () => store.waiting("sender.chunks-urgent").map(({ chunkId }) => chunkId),
    due: () => store.waiting("resolver.due").map(({ broadcastId }) => broadcastId),
    async close() {
      await close?.();
      await store.close();
    },
  };
}

let bench: ReturnType<typeof createBench>;
const useBench = (open: Parameters<typeof createBench>[0]) => {
  beforeEach(() => {
    bench = createBench(open);
  });
  afterEach(() => bench.close());
};

function request(users: string[], fields: Partial<WireRequest> = {}): WireRequest {
  const content = { title: "Hello", text: "Ada" };
  return { caller: "shop", idempotencyKey: "hello", content, audience: { users }, ...fields };
}

const rootOf = (id: string) => rangeId(id, 0);
const chunksOf = async (id: string) =>
  (await Array.fromAsync(bench.deps.ledger.chunks(id))).map(({ members }) =>
    members.map(({ address }) => address),
  );

/** What holds on every driver. */
function describeSmallAudiences(): void {
  const register = (...documents: ReturnType<typeof makeDocument>[]) =>
    bench.deps.registrations.put(documents);

  test("is planned at once: its senders are told, and the resolver has nothing to do", async () => {
    const second = { ...makeDocument("a", "2", LONG_AGO), path: "users/a/fcm_tokens/second" };
    await register(makeDocument("a", "3", LONG_AGO), second, makeDocument("b", "1", LONG_AGO));
    await register(makeDocument("c", null, LONG_AGO), makeDocument("other", "4", LONG_AGO));
    const { id } = await submit(bench.deps, request(["a", "b", "c", "missing"]), "direct");
    expect(await chunksOf(id)).toEqual([["1", "2", "3"]]);
    expect(bench.urgent()).toEqual([chunkId(rootOf(id), 0)]);
    expect(bench.due()).toEqual([]);
    expect(await bench.deps.broadcasts.get(id)).toMatchObject({ phase: "running", owes: [] });
    const counts = { read: 3, withoutAddress: 1, late: 0 };
    expect(await bench.deps.ledger.ranges(id)).toMatchObject([{ state: "closed", counts }]);
  });

  test("has nobody in it who came after the release", async () => {
    await register(makeDocument("a", "1", LONG_AGO));
    const { readOwned } = bench.deps.registrations;
    const { now } = bench.deps;
    bench.deps.now = () => now() - 60_000;
    bench.deps.registrations = {
      ...bench.deps.registrations,
      readOwned: async (owners) => {
        await register(makeDocument("b", "2"));
        return readOwned(owners);
      },
    };
    const { id } = await submit(bench.deps, request(["a", "b"]), "direct");
    expect(await chunksOf(id)).toEqual([["1"]]);
    expect(await bench.deps.ledger.books(id)).toMatchObject({ resolved: 1, late: 1 });
  });

  test("by many doors at once is planned once", async () => {
    await register(makeDocument("a", "1", LONG_AGO));
    const doors = Array.from({ length: 4 }, () => submit(bench.deps, request(["a"]), "event"));
    const [{ id } = { id: "" }] = await Promise.all(doors);
    const [root] = await bench.deps.ledger.ranges(id);
    // Where the loser was quicker than the planner the resolver has it, as it would have any other.
    if (root?.state === "open") expect(bench.due()).toContain(id);
    else expect(bench.urgent()).toEqual([chunkId(rootOf(id), 0)]);
    expect(await bench.deps.broadcasts.get(id)).toMatchObject({ owes: [] });
  });

  test("without a device is finished at once", async () => {
    const { id } = await submit(bench.deps, request(["nobody"]), "direct");
    const finished = await bench.deps.broadcasts.get(id);
    expect(finished).toMatchObject({ phase: "succeeded", owes: [], books: { resolved: 0 } });
    expect(bench.urgent()).toEqual([]);
  });
}

describe("a small audience in a data file", () => {
  useBench(() => ({}));
  describeSmallAudiences();

  const registerMany = (count: number) =>
    bench.deps.registrations.put(
      Array.from({ length: count }, (_, index) => ({
        ...makeDocument("a", String(index).padStart(5, "0")),
        path: `users/a/fcm_tokens/${index}`,
      })),
    );

  test("waits for its time, and is planned by the tick then", async () => {
    await registerMany(1);
    const at = new Date(bench.deps.now() + 60_000).toISOString();
    const { id } = await submit(bench.deps, request(["a"], { at }), "direct");
    expect(await bench.deps.ledger.ranges(id)).toEqual([]);
    await bench.advance(60_000);
    expect(await tick(bench.deps)).toEqual({ released: 1, hinted: 0 });
    expect(bench.urgent()).toEqual([chunkId(rootOf(id), 0)]);
    expect(bench.due()).toEqual([]);
  });

  test("may make several chunks", async () => {
    await registerMany(1_001);
    const { id } = await submit(bench.deps, request(["a"]), "direct");
    expect((await chunksOf(id)).map((chunk) => chunk.length)).toEqual([500, 500, 1]);
    expect(bench.urgent()).toEqual([0, 1, 2].map((sequence) => chunkId(rootOf(id), sequence)));
  });

  test("of more than a page is the resolver's, and so are more than 500 users", async () => {
    await registerMany(2_001);
    const { id } = await submit(bench.deps, request(["a"]), "direct");
    const users = Array.from({ length: 501 }, (_, index) => `u${index}`);
    const other = await submit(bench.deps, request(users, { idempotencyKey: "many" }), "direct");
    expect(bench.due()).toEqual([id, other.id]);
    expect(bench.urgent()).toEqual([]);
    expect(await bench.deps.ledger.ranges(id)).toMatchObject([{ state: "open", made: 0 }]);
  });

  test("that cannot be read now is the resolver's", async () => {
    await registerMany(1);
    bench.deps.registrations = {
      ...bench.deps.registrations,
      readOwned: () => Promise.reject(new Error("the store is busy")),
    };
    const { id } = await submit(bench.deps, request(["a"]), "direct");
    expect(bench.due()).toEqual([id]);
    expect(await bench.deps.broadcasts.get(id)).toMatchObject({ owes: [] });
  });

  test.each(["the tick", "the same request"])(
    "whose chunks were planned but not published is driven on after %s",
    async (whose) => {
      await registerMany(1);
      bench.bus.failNext("before");
      await expect(submit(bench.deps, request(["a"]), "direct")).rejects.toThrow("told to fail");
      const [owing] = await bench.deps.broadcasts.owing(1);
      expect(owing).toMatchObject({ owes: ["due"] });
      const id = owing?.id ?? "";
      await bench.advance(LEASE_MS);
      if (whose === "the same request") await submit(bench.deps, request(["a"]), "direct");
      expect(await tick(bench.deps)).toEqual({ released: 0, hinted: 1 });
      expect(bench.urgent()).toEqual([chunkId(rootOf(id), 0)]);
      expect(await bench.deps.broadcasts.get(id)).toMatchObject({ phase: "running", owes: [] });
      expect(await chunksOf(id)).toHaveLength(1);
    },
  );
});

describeOnEmulators("a small audience in Firestore", ["firestore"], () => {
  useBench(() => {
    const firestore = openFreshFirestore();
    return {
      registrations: createFirestoreRegistrations(firestore),
      broadcasts: createFirestoreBroadcasts(firestore),
      ledger: createFirestoreLedger(firestore),
      now: Date.now,
      close: () => firestore.terminate(),
    };
  });
  describeSmallAudiences();
});
