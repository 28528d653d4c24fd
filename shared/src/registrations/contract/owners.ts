import { beforeEach, expect, test } from "vitest";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registrations } from "../index.ts";
import { readAddresses } from "./read.ts";

export function describeOwners(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  beforeEach(async () => {
    registrations = opened().registrations;
    await registrations.put([
      makeDocument("a", "address-1"),
      makeDocument("a", "address-2", { path: "users/a/fcm_tokens/second" }),
      makeDocument("a", null, { path: "users/a/fcm_tokens/third" }),
      makeDocument("ab", "address-1"),
      makeDocument("Grüße 👋🏽", "address-3"),
      makeDocument("lonely", null),
    ]);
  });

  const read = async (owners: string[]) =>
    (await registrations.readOwned(owners)).map(({ path, address }) => [path, address]).sort();

  test("a user owns what lies below his document, with an address or without", async () => {
    expect(await read(["users/a"])).toEqual([
      ["users/a/fcm_tokens/second", "address-2"],
      ["users/a/fcm_tokens/t", "address-1"],
      ["users/a/fcm_tokens/third", null],
    ]);
  });

  test("several users are read at once, missing ones have nothing", async () => {
    expect(await read(["users/ab", "users/missing", "users/Grüße 👋🏽", "people/a"])).toEqual([
      ["users/Grüße 👋🏽/fcm_tokens/t", "address-3"],
      ["users/ab/fcm_tokens/t", "address-1"],
    ]);
    expect(await read(["users/missing"])).toEqual([]);
    expect(await read([])).toEqual([]);
  });

  test("500 users are read in one call", async () => {
    const owners = Array.from({ length: 500 }, (_, index) => `users/many-${index}`);
    const some = [3, 250, 499].map((index) => makeDocument(`many-${index}`, `address-${index}`));
    await registrations.put(some);
    expect(await read(owners)).toEqual(some.map(({ path, address }) => [path, address]).sort());
  });

  test("what users have is counted in the order of the list, without documents that have no address", async () => {
    const owners = ["users/lonely", "users/a", "users/missing", "users/Grüße 👋🏽", "users/a"];
    expect(await registrations.countOwned(owners, undefined)).toEqual([0, 2, 0, 1, 2]);
    expect(await registrations.countOwned([], undefined)).toEqual([]);
  });

  test("what users have of some platforms is counted alone", async () => {
    await registrations.put([
      makeDocument("c", "address-4", { deviceType: "ios" }),
      makeDocument("c", "address-5", { path: "users/c/fcm_tokens/second", deviceType: "web" }),
      makeDocument("c", "address-6", { path: "users/c/fcm_tokens/third", deviceType: "IOS" }),
    ]);
    expect(await registrations.countOwned(["users/c", "users/ab"], ["ios"])).toEqual([2, 0]);
    expect(await registrations.countOwned(["users/ab", "users/c"], ["android", "web"])).toEqual([1, 1]);
  });

  test("500 users are counted in one call", async () => {
    const owners = Array.from({ length: 500 }, (_, index) => `users/many-${index}`);
    await registrations.put([3, 250, 499].map((index) => makeDocument(`many-${index}`, `address-${index}`)));
    const counts = await registrations.countOwned(owners, undefined);
    expect(counts.flatMap((count, index) => (count === 0 ? [] : [index]))).toEqual([3, 250, 499]);
  });

  test("documents without an address are counted and never read in order", async () => {
    expect(await registrations.countWithoutAddress()).toBe(2);
    expect(await registrations.size()).toBe(6);
    const addresses = ["address-1", "address-1", "address-2", "address-3"];
    expect(await readAddresses(registrations)).toEqual(addresses);
    expect(await registrations.count({ after: "", upTo: null }, undefined)).toBe(4);
  });

  test("an empty address is none", async () => {
    await registrations.put([makeDocument("blank", "", { deviceType: "iOS" })]);
    expect(await registrations.countWithoutAddress()).toBe(3);
    expect(await read(["users/blank"])).toEqual([["users/blank/fcm_tokens/t", null]]);
  });
}
