import { update } from "@fanfare/shared/broadcasts";
import { withholdPruning } from "@fanfare/shared/broadcasts/withhold-pruning";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import type { Progress } from "@fanfare/shared/domain/chunk";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { rejected } from "@fanfare/shared/domain/outcome";
import { PRUNING_HINT_MS } from "@fanfare/shared/domain/phases";
import { releasePruning } from "@fanfare/shared/operations/prune";
import type { PruneOrder } from "@fanfare/shared/registrations";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast, makeDocument, makeMember, makeMembers } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PruneDeps, prune } from "./prune.ts";
import { type Bench, createBench } from "./testing/bench.ts";

const GONE = rejected("UNREGISTERED");
const OWED: Partial<Broadcast> = {
  phase: "succeeded",
  owes: ["prune"],
  pruning: { state: "owed", hintAt: START + PRUNING_HINT_MS },
};

let bench: Bench;
let deps: PruneDeps;
beforeEach(async () => {
  bench = createBench();
  deps = bench.store;
});
afterEach(() => bench.store.close());

/** Registers the devices of these members, as long before the release as tests like. */
async function register(count: number): Promise<void> {
  const documents = Array.from({ length: count }, (_, index) => ({
    ...makeMember(index),
    deviceType: "Android",
  }));
  await bench.store.registrations.put(documents);
}

/** A broadcast of one settled chunk that owes its pruning. The release comes after the registrations. */
async function finish(name: string, outcomes: Progress["outcomes"], count = 6): Promise<string> {
  await bench.store.advance(1_000);
  const id = await bench.plan(name, count, { ...OWED, releasedAt: bench.store.now() });
  await bench.settle(id, outcomes);
  await bench.store.advance(1_000);
  return broadcastOf(id);
}

async function addresses(): Promise<(string | null)[]> {
  const batches = await Array.fromAsync(bench.store.registrations.read({ after: "", upTo: null }, undefined));
  return batches.flat().map(({ address }) => address);
}

const addressesBut = (count: number, gone: number[]) =>
  makeMembers(count)
    .filter((_, index) => !gone.includes(index))
    .map(({ address }) => address);

test("only addresses that FCM called dead go, each with a tombstone", async () => {
  await register(6);
  const id = await finish("codes", {
    0: GONE,
    1: rejected("INVALID_ARGUMENT"),
    2: rejected("SENDER_ID_MISMATCH"),
    3: rejected("UNDELIVERED"),
    4: "unknown",
  });
  expect(await prune(deps, id)).toBe("pruned");
  expect(await addresses()).toEqual(addressesBut(6, [0, 1]));
  expect(await bench.store.registrations.countPruned(id)).toBe(2);
  expect(await bench.store.broadcasts.get(id)).toMatchObject({ owes: [], pruning: { state: "done" } });
});

test("an address that was refreshed since the release stays", async () => {
  await register(3);
  const id = await finish("refreshed", { 0: GONE, 1: GONE }, 3);
  await bench.store.registrations.put([{ ...makeMember(1), deviceType: "Android" }]);
  expect(await prune(deps, id)).toBe("pruned");
  expect(await addresses()).toEqual(addressesBut(3, [0]));
  expect(await bench.store.registrations.countPruned(id)).toBe(1);
});

test("a chunk's dead addresses are one order, and a chunk without any is none", async () => {
  await register(6);
  const orders: PruneOrder[] = [];
  const registrations = {
    ...deps.registrations,
    async prune(order: PruneOrder) {
      orders.push(order);
      return deps.registrations.prune(order);
    },
  };
  const dead = await finish("dead", { 0: GONE, 2: rejected("INVALID_ARGUMENT"), 4: GONE });
  const alive = await finish("alive", { 0: rejected("SENDER_ID_MISMATCH"), 1: "unknown" });
  for (const id of [dead, alive]) await prune({ ...deps, registrations }, id);
  expect(orders.map(({ broadcast, dead }) => [broadcast, dead.map(({ address }) => address)])).toEqual([
    [dead, [0, 2, 4].map((number) => makeMember(number).address)],
  ]);
  expect(await addresses()).toEqual(addressesBut(6, [0, 2, 4]));
});

test("every document that holds the dead address goes", async () => {
  await register(2);
  const { address } = makeMember(0);
  await bench.store.registrations.put([
    makeDocument("another", address),
    makeDocument("third", address, { deviceType: "iOS" }),
  ]);
  const id = await finish("double", { 0: GONE }, 2);
  expect(await prune(deps, id)).toBe("pruned");
  expect(await addresses()).toEqual(addressesBut(2, [0]));
  expect(await bench.store.registrations.countPruned(id)).toBe(3);
});

test("what was withheld goes once somebody has released it", async () => {
  await register(3);
  const id = await finish("released", { 0: GONE, 1: GONE, 2: GONE }, 3);
  await update(deps.broadcasts, id, (current) => {
    return { ...current, owes: [], pruning: { state: "withheld", reason: "beyond belief" } };
  });
  expect(await prune(deps, id)).toBe("not-owed");
  expect(await releasePruning(bench.store, id, "command")).toMatchObject({ kind: "released" });
  expect(await prune(deps, id)).toBe("pruned");
  expect(await addresses()).toEqual([]);
  expect(await bench.store.broadcasts.get(id)).toMatchObject({ pruning: { state: "done", released: {} } });
});

test("what was restored is not pruned again, though the pruning is asked for once more", async () => {
  await register(2);
  const id = await finish("restored", { 0: GONE, 1: GONE }, 2);
  await prune(deps, id);
  expect(await Array.fromAsync(deps.registrations.restore(id))).toMatchObject([{ restored: 2 }]);
  await update(deps.broadcasts, id, (current) => ({ ...current, ...OWED, pruning: { state: "owed" } }));
  expect(await prune(deps, id)).toBe("pruned");
  expect(await addresses()).toEqual(addressesBut(2, []));
});

test.each<[string, Broadcast["audience"], boolean]>([
  ["everybody", {}, true],
  ["a platform", { platforms: ["android"] }, false],
  ["members of an earlier one", { of: { broadcasts: ["b"], who: "retryable" } }, false],
])("documents with an address are known only where all were read: %s", async (name, audience, known) => {
  await register(1);
  const id = await bench.plan(name, 1, { ...OWED, audience, releasedAt: bench.store.now() });
  await bench.settle(id, { 0: GONE });
  const orders: PruneOrder[] = [];
  const noted = { ...deps.registrations, prune: async (order: PruneOrder) => void orders.push(order) };
  await prune({ ...deps, registrations: noted }, broadcastOf(id));
  expect(orders[0]?.dead[0]?.paths).toEqual(known ? [makeMember(0).path] : undefined);
});

describe("what is not owed is not pruned", () => {
  test.each<[string, Partial<Broadcast>]>([
    ["a broadcast at work", { phase: "running", owes: [], pruning: { state: "none" } }],
    ["one whose pruning was withheld", { owes: [], pruning: { state: "withheld", reason: "too many" } }],
    ["one that is withheld though it owes", { owes: ["prune"], pruning: { state: "withheld" } }],
    ["one that is done", { owes: ["finished"], pruning: { state: "done" } }],
  ])("%s", async (name, fields) => {
    await register(2);
    await bench.store.advance(1_000);
    const id = await bench.plan(name, 2, { phase: "succeeded", ...fields, releasedAt: bench.store.now() });
    await bench.settle(id, { 0: GONE });
    expect(await prune(deps, broadcastOf(id))).toBe("not-owed");
    expect(await addresses()).toHaveLength(2);
  });

  test("a broadcast that is not there", async () => {
    expect(await prune(deps, "b0")).toBe("not-owed");
  });
});

describe("over many chunks", () => {
  const CHUNKS = 45;

  /** Forty-five chunks of two members each, the first of whom is dead. */
  async function finishMany(name: string): Promise<string> {
    await register(2 * CHUNKS);
    await bench.store.advance(1_000);
    const broadcast = makeBroadcast(name, { ...OWED, releasedAt: bench.store.now() });
    await bench.store.broadcasts.create(broadcast);
    const lists = Array.from({ length: CHUNKS }, (_, index) => makeMembers(2, 2 * index));
    for (const id of await bench.addChunks(broadcast.id, lists)) await bench.settle(id, { 0: GONE });
    return broadcast.id;
  }

  /** Fails at the n-th chunk. */
  function failAt(count: number): PruneDeps {
    let calls = 0;
    const registrations = {
      ...deps.registrations,
      async prune(order: PruneOrder) {
        calls += 1;
        if (calls === count) throw new Error("the process died");
        return deps.registrations.prune(order);
      },
    };
    return { ...deps, registrations };
  }

  test("it notes how far it has come, and goes on from there after a crash", async () => {
    const id = await finishMany("crash");
    await expect(prune(failAt(34), id)).rejects.toThrow("the process died");
    expect(await addresses()).toHaveLength(2 * CHUNKS - 33);
    const half = await bench.store.broadcasts.get(id);
    expect(half).toMatchObject({ owes: ["prune"], pruning: { state: "owed", cursor: `${id}.000.000019` } });
    const looked: string[] = [];
    const registrations = {
      ...deps.registrations,
      async prune(order: PruneOrder) {
        looked.push(...order.dead.map(({ address }) => address));
        return deps.registrations.prune(order);
      },
    };
    expect(await prune({ ...deps, registrations }, id)).toBe("pruned");
    expect(looked, "from the chunk after the last that was noted").toHaveLength(CHUNKS - 20);
    expect(await addresses()).toHaveLength(CHUNKS);
    expect(await bench.store.registrations.countPruned(id)).toBe(CHUNKS);
  });

  test("it puts off the tick's next question while it makes progress", async () => {
    const id = await finishMany("busy");
    await bench.store.advance(40_000);
    await expect(prune(failAt(34), id)).rejects.toThrow();
    expect((await bench.store.broadcasts.get(id))?.pruning.hintAt).toBe(bench.store.now() + PRUNING_HINT_MS);
  });

  test("a slow pruning notes how far it has come before the tick asks another to join", async () => {
    const id = await finishMany("slow");
    const hints: number[] = [];
    const registrations = {
      ...deps.registrations,
      async prune(order: PruneOrder) {
        await bench.store.advance(2_000);
        hints.push(((await deps.broadcasts.get(id))?.pruning.hintAt ?? 0) - bench.store.now());
        return deps.registrations.prune(order);
      },
    };
    await update(deps.broadcasts, id, (current) => {
      return { ...current, pruning: { state: "owed", hintAt: bench.store.now() + PRUNING_HINT_MS } };
    });
    expect(await prune({ ...deps, registrations }, id)).toBe("pruned");
    expect(hints).toHaveLength(CHUNKS);
    expect(Math.min(...hints)).toBeGreaterThan(10_000);
  });

  test("it stops at the next chunk where somebody stops it", async () => {
    const id = await finishMany("stopped");
    let calls = 0;
    const registrations = {
      ...deps.registrations,
      async prune(order: PruneOrder) {
        calls += 1;
        if (calls === 3) await withholdPruning(deps.broadcasts, id, "stop");
        return deps.registrations.prune(order);
      },
    };
    expect(await prune({ ...deps, registrations }, id)).toBe("elsewhere");
    expect(await addresses()).toHaveLength(2 * CHUNKS - 3);
    expect(await bench.store.broadcasts.get(id)).toMatchObject({ owes: [], pruning: { state: "withheld" } });
  });

  test("two at once do it once", async () => {
    const id = await finishMany("two");
    const results = await Promise.all([prune(deps, id), prune(deps, id)]);
    expect(results.toSorted()).toEqual(["elsewhere", "pruned"]);
    expect(await addresses()).toHaveLength(CHUNKS);
    expect(await bench.store.registrations.countPruned(id)).toBe(CHUNKS);
    expect(await bench.store.broadcasts.get(id)).toMatchObject({ owes: [], pruning: { state: "done" } });
  });

  test.each([5, 30, 44])("another debt that is paid meanwhile, at chunk %i, does not stop it", async (at) => {
    const id = await finishMany("other debt");
    await update(deps.broadcasts, id, (current) => ({ ...current, owes: ["finished", "prune"] }));
    let calls = 0;
    const registrations = {
      ...deps.registrations,
      async prune(order: PruneOrder) {
        calls += 1;
        if (calls === at) await update(deps.broadcasts, id, (current) => ({ ...current, owes: ["prune"] }));
        return deps.registrations.prune(order);
      },
    };
    expect(await prune({ ...deps, registrations }, id)).toBe("pruned");
    expect(await bench.store.broadcasts.get(id)).toMatchObject({ owes: [], pruning: { state: "done" } });
  });
});
