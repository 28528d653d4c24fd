import { expect, test } from "vitest";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import { readAddresses, readAll } from "./read.ts";

/** Longer than the millisecond that times are told by. */
const A_WHILE_MS = 5;

export function describeMoments(opened: () => ContractRegistrations): void {
  test("what is registered before a moment is not later than it, and what is registered afterwards is", async () => {
    const { registrations, advance } = opened();
    await registrations.put([makeDocument("a", "before")]);
    const first = await registrations.moment();
    await advance(A_WHILE_MS);
    await registrations.put([makeDocument("b", "between")]);
    const second = await registrations.moment();
    await advance(A_WHILE_MS);
    await registrations.register({ owner: "users/c", address: "last", kind: "token", deviceType: "web" });
    const times = (await readAll(registrations)).map(({ address, createdAt }) => [
      address,
      createdAt > first,
      createdAt > second,
    ]);
    expect(times).toEqual([
      ["before", false, false],
      ["between", true, false],
      ["last", true, true],
    ]);
  });

  test("what is refreshed after a moment is not pruned as of then, and what was before it is", async () => {
    const { registrations, advance } = opened();
    await registrations.put([makeDocument("a", "old"), makeDocument("b", "refreshed")]);
    await advance(A_WHILE_MS);
    const notSince = await registrations.moment();
    await advance(A_WHILE_MS);
    await registrations.register({
      owner: "users/b",
      address: "refreshed",
      kind: "token",
      deviceType: "iOS",
    });
    const dead = ["old", "refreshed"].map((address) => {
      return { address, kind: "token" as const, code: "UNREGISTERED" };
    });
    await registrations.prune({ broadcast: "b", notSince, dead });
    expect(await readAddresses(registrations)).toEqual(["refreshed"]);
  });
}
