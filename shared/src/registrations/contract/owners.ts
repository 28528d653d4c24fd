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
