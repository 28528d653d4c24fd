import { beforeEach, expect, test } from "vitest";
import { broadcastId } from "../../domain/ids.ts";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { DeadAddress, PruneOrder, Registrations } from "../index.ts";
import { readPaths } from "./read.ts";

const BROADCAST = broadcastId("contract", "prune");
const OTHER = broadcastId("contract", "other");
const DEAD: DeadAddress = { address: "dead", kind: "token", code: "UNREGISTERED" };
const path = (uid: string) => `users/${uid}/fcm_tokens/t`;

export function describePruning(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  let order: PruneOrder;

  /** Three users hold the dead address; the broadcast was released a little later. */
  beforeEach(async () => {
    const { now, advance } = opened();
    registrations = opened().registrations;
    await registrations.put([
      makeDocument("a", "dead"),
      makeDocument("b", "dead", { deviceType: "iOS" }),
      makeDocument("c", "dead", { deviceType: "?" }),
      makeDocument("d", "dead", { kind: "fid" }),
      makeDocument("e", "dead-not"),
      makeDocument("f", null),
    ]);
    await advance(50);
    order = { broadcast: BROADCAST, notSince: now(), dead: [DEAD] };
    await advance(50);
  });

  test("every document with the dead address goes, and no other", async () => {
    await registrations.prune(order);
    expect(await readPaths(registrations)).toEqual([path("d"), path("e")]);
    expect(await registrations.size()).toBe(3);
    expect(await registrations.readOwned(["users/a", "users/b", "users/c"])).toEqual([]);
    expect(await registrations.countPruned(BROADCAST)).toBe(3);
  });

  test("the kind tells an installation id from a token of the same text", async () => {
    await registrations.prune({ ...order, dead: [{ ...DEAD, kind: "fid" }] });
    expect(await readPaths(registrations)).toEqual([path("a"), path("b"), path("c"), path("e")]);
    expect(await registrations.countPruned(BROADCAST)).toBe(1);
  });

  test("a document that was written since stays, even with the same address", async () => {
    await registrations.put([makeDocument("b", "dead", { deviceType: "iOS" }), makeDocument("g", "dead")]);
    await registrations.prune(order);
    expect(await readPaths(registrations)).toEqual([path("b"), path("d"), path("e"), path("g")]);
    expect(await registrations.countPruned(BROADCAST)).toBe(2);
  });

  test("a document that has another address by now stays", async () => {
    await registrations.put([makeDocument("a", "alive")]);
    await registrations.prune(order);
    expect(await readPaths(registrations)).toContain(path("a"));
  });

  test("a second call changes nothing and counts nothing twice", async () => {
    await registrations.prune(order);
    await registrations.prune(order);
    await registrations.prune({ ...order, broadcast: OTHER });
    expect(await registrations.countPruned(BROADCAST)).toBe(3);
    expect(await registrations.countPruned(OTHER)).toBe(0);
    expect(await readPaths(registrations)).toEqual([path("d"), path("e")]);
  });

  test("calls at once delete and count each document once", async () => {
    await Promise.all(Array.from({ length: 6 }, () => registrations.prune(order)));
    expect(await registrations.countPruned(BROADCAST)).toBe(3);
    expect(await readPaths(registrations)).toEqual([path("d"), path("e")]);
  });

  test("a document that came back is safe from the same broadcast", async () => {
    await registrations.prune(order);
    await registrations.put([makeDocument("a", "dead")]);
    await registrations.prune(order);
    expect(await readPaths(registrations)).toEqual([path("a"), path("d"), path("e")]);
    expect(await registrations.countPruned(BROADCAST)).toBe(3);
  });

  test("a document that came back and is pruned again still counts once", async () => {
    await registrations.prune(order);
    await registrations.put([makeDocument("a", "dead")]);
    await opened().advance(50);
    await registrations.prune({ ...order, notSince: opened().now() });
    expect(await readPaths(registrations)).toEqual([path("d"), path("e")]);
    expect(await registrations.countPruned(BROADCAST)).toBe(3);
  });

  test("each broadcast counts what it pruned itself", async () => {
    const dead = [{ ...DEAD, address: "dead-not", code: "INVALID_ARGUMENT" }];
    await registrations.prune({ ...order, broadcast: OTHER, dead });
    await registrations.prune(order);
    expect(await registrations.countPruned(OTHER)).toBe(1);
    expect(await registrations.countPruned(BROADCAST)).toBe(3);
  });

  test("many addresses go in one call, each as its own kind", async () => {
    const { now, advance } = opened();
    const numbers = Array.from({ length: 70 }, (_, index) => index);
    await registrations.put(numbers.map((n) => makeDocument(`n${n}`, `number ${n}`)));
    await advance(50);
    const kinds = numbers.map((n): DeadAddress => {
      return { ...DEAD, address: `number ${n}`, kind: n % 10 === 0 ? "fid" : "token" };
    });
    await registrations.prune({ broadcast: BROADCAST, notSince: now(), dead: [...kinds, DEAD] });
    const stayed = [0, 10, 20, 30, 40, 50, 60].map((n) => path(`n${n}`));
    expect(await readPaths(registrations)).toEqual([path("d"), path("e"), ...stayed]);
    expect(await registrations.countPruned(BROADCAST)).toBe(66);
  });

  test("whoever knows every document of an address may name them", async () => {
    const paths = [path("a"), path("b"), path("c"), path("d"), path("e"), path("gone")];
    await registrations.put([makeDocument("b", "alive")]);
    await registrations.prune({ ...order, dead: [{ ...DEAD, paths }] });
    expect(await readPaths(registrations)).toEqual([path("b"), path("d"), path("e")]);
    expect(await registrations.countPruned(BROADCAST)).toBe(2);
  });

  test("an order without addresses does nothing", async () => {
    await registrations.prune({ ...order, dead: [] });
    expect(await registrations.size()).toBe(6);
  });

  test("an address that nobody has is no error", async () => {
    await registrations.prune({ ...order, dead: [{ ...DEAD, address: "nobody's" }] });
    expect(await registrations.size()).toBe(6);
    expect(await registrations.countPruned(BROADCAST)).toBe(0);
  });
}
