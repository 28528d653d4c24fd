import { withholdPruning } from "@fanfare/shared/broadcasts/withhold-pruning";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { rejected } from "@fanfare/shared/domain/outcome";
import { releasePruning } from "@fanfare/shared/operations/prune";
import type { PruneOrder } from "@fanfare/shared/registrations";
import { makeSender } from "@fanfare/shared/senders/contract";
import { makeBroadcast, makeMember } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PruneDeps, prune } from "./prune.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import { createFleetWorld, type FleetWorld, TURN } from "./testing/fleet-world.ts";

const OWED: Partial<Broadcast> = { phase: "succeeded", owes: ["prune"], pruning: { state: "owed" } };

let bench: Bench;
let world: FleetWorld;
let deps: PruneDeps;
beforeEach(() => {
  bench = createBench();
  world = createFleetWorld();
  deps = { ...bench.store, senders: world };
});
afterEach(async () => {
  world.close();
  await bench.store.close();
});

async function register(count: number): Promise<void> {
  const documents = Array.from({ length: count }, (_, index) => ({
    ...makeMember(index),
    deviceType: "Android",
  }));
  await bench.store.registrations.put(documents);
  await bench.store.advance(1_000);
}

/** A broadcast that owes its pruning: a chunk for each of these members, all of whom FCM called dead. */
async function finish(name: string, members: number[]): Promise<string> {
  const broadcast = makeBroadcast(name, { ...OWED, releasedAt: bench.store.now() });
  await bench.store.broadcasts.create(broadcast);
  const chunks = members.map((index) => [makeMember(index)]);
  for (const id of await bench.addChunks(broadcast.id, chunks))
    await bench.settle(id, { 0: rejected("UNREGISTERED") });
  return broadcast.id;
}

const tell = (accepted: number, dead: number) =>
  world.announce(makeSender("another", 1, { answers: { accepted, dead } }));
const countPruned = (id: string) => bench.store.registrations.countPruned(id);
const pruningOf = async (id: string) => (await bench.store.broadcasts.get(id))?.pruning;

test("promise 5: an hour of wrong answers to one user each deletes about a thousand documents at most", async () => {
  const COUNT = 2_000;
  await register(COUNT);
  const senders = [0, 1, 2].map(() => world.join(null));
  let deleted = 0;
  let last = "";
  for (let index = 0; index < COUNT; index++) {
    const { governor } = senders[index % 3] as (typeof senders)[number];
    await governor.take(TURN);
    governor.heard(makeMember(index).address, { kind: "rejected", code: "UNREGISTERED" });
    await world.advance(10);
    last = await finish(`one-${index}`, [index]);
    await prune(deps, last);
    deleted += await countPruned(last);
  }
  expect(deleted).toBeGreaterThanOrEqual(900);
  expect(deleted).toBeLessThanOrEqual(1_150);
  expect(await countPruned(last)).toBe(0);

  await releasePruning(bench.store, last, "command");
  expect(await prune(deps, last)).toBe("pruned");
  expect(await countPruned(last)).toBe(1);
});

describe("while FCM calls most addresses dead, whatever the broadcast", () => {
  test("nothing is deleted, with the reason, until a person releases it", async () => {
    await register(1);
    await tell(399, 601);
    const id = await finish("doubted", [0]);
    expect(await prune(deps, id)).toBe("withheld");
    expect(await countPruned(id)).toBe(0);
    const reason = expect.stringContaining("601 of 1000");
    expect(await bench.store.broadcasts.get(id)).toMatchObject({
      owes: [],
      pruning: { state: "withheld", reason },
    });
    await releasePruning(bench.store, id, "command");
    expect(await prune(deps, id)).toBe("pruned");
    expect(await countPruned(id)).toBe(1);
  });

  test("what a person releases at this moment is not stopped again", async () => {
    await register(1);
    await tell(0, 5_000);
    const id = await finish("released", [0]);
    const senders = {
      ...deps.senders,
      async look() {
        await withholdPruning(deps.broadcasts, id, "stop");
        await releasePruning(bench.store, id, "command");
        return world.look();
      },
    };
    expect(await prune({ ...deps, senders }, id)).toBe("pruned");
    expect(await pruningOf(id)).toMatchObject({ state: "done" });
  });

  test("a large broadcast that was believed by itself is pruned", async () => {
    await register(1);
    await tell(4_100, 5_900);
    expect(await prune(deps, await finish("believed", [0]))).toBe("pruned");
  });
});

test("a pruning of many chunks stops soon after what FCM answers has become implausible", async () => {
  await register(45);
  const id = await finish("many", [...Array(45).keys()]);
  let calls = 0;
  const registrations = {
    ...deps.registrations,
    async prune(order: PruneOrder) {
      calls += 1;
      if (calls === 3) await tell(1, 2_000);
      return deps.registrations.prune(order);
    },
  };
  expect(await prune({ ...deps, registrations }, id)).toBe("withheld");
  expect(calls).toBe(20);
  expect(await pruningOf(id)).toMatchObject({ state: "withheld" });
});
