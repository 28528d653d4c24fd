import { beforeEach, expect, test } from "vitest";
import { broadcastId } from "../../domain/ids.ts";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { DeadAddress, PruneOrder, Registrations, Restored } from "../index.ts";
import { readAll, readPaths } from "./read.ts";

const BROADCAST = broadcastId("contract", "prune");
const OTHER = broadcastId("contract", "other");
const dead = (address: string, fields: Partial<DeadAddress> = {}): DeadAddress => ({
  address,
  kind: "token",
  code: "UNREGISTERED",
  ...fields,
});
const path = (uid: string) => `users/${uid}/fcm_tokens/t`;
const NOTHING: Restored = { restored: 0, registeredAgain: 0, userGone: 0 };

export function describeRestoring(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  let order: PruneOrder;

  /** Two users hold one dead address, a third another; all three are pruned. */
  beforeEach(async () => {
    const { now, advance, addUsers } = opened();
    registrations = opened().registrations;
    const users = ["a", "b", "c", "d", "e"].map((uid) => `users/${uid}`);
    await addUsers(users);
    await registrations.put([
      makeDocument("a", "dead", { createdAt: 1_000, deviceType: "iOS" }),
      makeDocument("b", "dead", { createdAt: 2_000 }),
      makeDocument("c", "gone", { createdAt: 3_000, kind: "fid" }),
      makeDocument("d", "alive", { createdAt: 4_000 }),
    ]);
    await advance(50);
    order = { broadcast: BROADCAST, notSince: now(), dead: [dead("dead"), dead("gone", { kind: "fid" })] };
    await advance(50);
  });

  async function restore(broadcast = BROADCAST): Promise<Restored> {
    const total = { ...NOTHING };
    for await (const page of registrations.restore(broadcast))
      for (const key of Object.keys(total) as (keyof Restored)[]) total[key] += page[key];
    return total;
  }

  test("every document comes back as it was, and leaves no tombstone", async () => {
    const before = await readAll(registrations);
    await registrations.prune(order);
    expect(await readPaths(registrations)).toEqual([path("d")]);
    expect(await restore()).toEqual({ ...NOTHING, restored: 3 });
    expect(await readAll(registrations)).toEqual(before);
    expect(await registrations.readOwned(["users/a"])).toMatchObject([
      { deviceType: "iOS", createdAt: 1_000 },
    ]);
    expect(await registrations.countPruned(BROADCAST)).toBe(0);
  });

  test("a second call brings back nothing more", async () => {
    await registrations.prune(order);
    await restore();
    expect(await restore()).toEqual(NOTHING);
    expect(await registrations.size()).toBe(4);
  });

  test("what came back is safe from the same broadcast's pruning", async () => {
    await registrations.prune(order);
    await opened().advance(50);
    await restore();
    await registrations.prune(order);
    expect(await registrations.size()).toBe(4);
    expect(await registrations.countPruned(BROADCAST)).toBe(0);
  });

  test("it stays pruned where its address is registered again, under whichever user", async () => {
    await registrations.prune(order);
    await opened().advance(50);
    await registrations.put([makeDocument("e", "dead")]);
    expect(await restore()).toEqual({ ...NOTHING, restored: 1, registeredAgain: 2 });
    expect(await readPaths(registrations)).toEqual([path("c"), path("d"), path("e")]);
    expect(await registrations.countPruned(BROADCAST), "it may come back later").toBe(2);
  });

  test("an address of the other kind is another address", async () => {
    await registrations.prune(order);
    await opened().advance(50);
    await registrations.put([makeDocument("e", "gone", { kind: "token" })]);
    expect(await restore()).toEqual({ ...NOTHING, restored: 3 });
  });

  test("a document that was refreshed in time still counts as registered", async () => {
    await registrations.put([makeDocument("a", "dead", { createdAt: 1_000, deviceType: "iOS" })]);
    await registrations.prune(order);
    expect(await restore()).toEqual({ ...NOTHING, restored: 1, registeredAgain: 1 });
    expect(await readPaths(registrations)).toEqual([path("a"), path("c"), path("d")]);
  });

  test("what is under its path by now is left alone", async () => {
    await registrations.prune(order);
    await opened().advance(50);
    await registrations.put([makeDocument("a", "new"), makeDocument("c", null)]);
    expect(await restore()).toEqual({ ...NOTHING, restored: 1, registeredAgain: 2 });
    const documents = await registrations.readOwned(["users/a", "users/b", "users/c"]);
    expect(documents.map(({ address }) => address).toSorted()).toEqual(["dead", "new", null]);
  });

  test("only what the broadcast itself pruned comes back", async () => {
    await registrations.prune({ ...order, dead: [dead("dead")] });
    await registrations.prune({ ...order, broadcast: OTHER, dead: [dead("alive")] });
    expect(await restore(OTHER)).toEqual({ ...NOTHING, restored: 1 });
    expect(await readPaths(registrations)).toEqual([path("c"), path("d")]);
    expect(await registrations.countPruned(BROADCAST)).toBe(2);
  });

  test("calls at once bring back each document once", async () => {
    await registrations.prune(order);
    await Promise.all(Array.from({ length: 4 }, () => restore()));
    expect(await registrations.size()).toBe(4);
    expect(await registrations.countPruned(BROADCAST)).toBe(0);
  });

  test("many come back page by page, and a caller may stop in between", async () => {
    const { now, advance, addUsers } = opened();
    const uids = Array.from({ length: 350 }, (_, index) => `many${index}`);
    await addUsers(uids.map((uid) => `users/${uid}`));
    await registrations.put(
      uids.map((uid, index) => makeDocument(uid, `number ${index % 310}`, { createdAt: 9 })),
    );
    await advance(50);
    const addresses = Array.from({ length: 310 }, (_, index) => dead(`number ${index}`));
    await registrations.prune({ broadcast: OTHER, notSince: now(), dead: addresses });
    await advance(50);
    let first = 0;
    for await (const { restored } of registrations.restore(OTHER)) {
      first = restored;
      break;
    }
    expect(first).toBeGreaterThan(0);
    expect(await restore(OTHER)).toEqual({ ...NOTHING, restored: 350 - first });
    expect(await registrations.size()).toBe(354);
  });

  test("nothing was pruned, so nothing comes back", async () => {
    expect(await restore()).toEqual(NOTHING);
  });
}
