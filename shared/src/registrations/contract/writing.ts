import { expect, test } from "vitest";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import { readAddresses, readAll } from "./read.ts";

const DAY_MS = 86_400_000;

export function describeWriting(opened: () => ContractRegistrations): void {
  test("everything written is read, in order and by owner", async () => {
    const { registrations, now } = opened();
    const createdAt = now() - DAY_MS;
    const document = makeDocument("a", "address-1", { kind: "fid", deviceType: "iOS", createdAt });
    await registrations.put([document]);
    expect(await readAll(registrations)).toEqual([document]);
    expect(await registrations.readOwned(["users/a"])).toEqual([document]);
  });

  test("a document that is written again is replaced, and its old address is gone", async () => {
    const { registrations } = opened();
    await registrations.put([makeDocument("a", "old"), makeDocument("b", "other")]);
    await registrations.put([makeDocument("a", "new", { kind: "fid", deviceType: "web" })]);
    expect(await readAddresses(registrations)).toEqual(["new", "other"]);
    expect(await registrations.readOwned(["users/a"])).toMatchObject([
      { address: "new", kind: "fid", deviceType: "web" },
    ]);
    expect(await registrations.size()).toBe(2);
    await registrations.put([makeDocument("a", null)]);
    expect(await readAddresses(registrations)).toEqual(["other"]);
    expect(await registrations.countWithoutAddress()).toBe(1);
  });

  test("the last of one call's writes to a document counts", async () => {
    const { registrations } = opened();
    await registrations.put([makeDocument("a", "first"), makeDocument("b", "b"), makeDocument("a", "last")]);
    expect(await readAddresses(registrations)).toEqual(["b", "last"]);
  });

  test("an empty call writes nothing", async () => {
    const { registrations } = opened();
    await registrations.put([]);
    expect(await registrations.size()).toBe(0);
  });

  test("a document without a time of its own was made when it was first written", async () => {
    const { registrations, now, advance } = opened();
    const before = now();
    await registrations.put([makeDocument("a", "address-1")]);
    const after = now();
    await advance(100);
    await registrations.put([makeDocument("a", "address-2")]);
    const [{ createdAt = 0 } = {}] = await readAll(registrations);
    expect(createdAt).toBeGreaterThanOrEqual(before);
    expect(createdAt).toBeLessThanOrEqual(after);
  });

  test("a time of its own later than its making does not count", async () => {
    const { registrations, now } = opened();
    await registrations.put([makeDocument("a", "address-1", { createdAt: now() + DAY_MS })]);
    const [{ createdAt = 0 } = {}] = await readAll(registrations);
    expect(createdAt).toBeLessThanOrEqual(now());
    expect(createdAt).toBeGreaterThan(now() - DAY_MS);
  });
}
