import { beforeEach, expect, test } from "vitest";
import { registrationId } from "../../domain/ids.ts";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registering, Registrations } from "../index.ts";
import { readAll } from "./read.ts";

const pathOf = (uid: string) => `users/${uid}/fcm_tokens/${registrationId("fid")}`;

export function describeReplacing(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  beforeEach(() => {
    registrations = opened().registrations;
  });

  const register = (uid: string, fields: Pick<Registering, "address" | "kind" | "replaces">) =>
    registrations.register({ owner: `users/${uid}`, deviceType: "Android", ...fields });
  const registerToken = (uid: string) => register(uid, { address: "token", kind: "token" });
  const registerFid = (uid: string, replaces?: string) =>
    register(uid, { address: "fid", kind: "fid", replaces });
  const fidOf = (uid: string) => ({ path: pathOf(uid), address: "fid", kind: "fid" });

  test("the token's documents go, whoever has them, and no others", async () => {
    await registerToken("a");
    await registrations.put([makeDocument("b", "token"), makeDocument("c", "tokens")]);
    expect(await registerFid("a", "token")).toBe("added");
    expect(await readAll(registrations)).toMatchObject([fidOf("a"), { address: "tokens" }]);
    expect(await registerFid("a", "token")).toBe("refreshed");
  });

  test("an installation's id that replaces nothing leaves tokens alone", async () => {
    await registerToken("a");
    await registerFid("a");
    expect(await readAll(registrations)).toMatchObject([{ address: "fid" }, { address: "token" }]);
  });

  test("registered again, the token stands for what replaced it", async () => {
    await registerFid("a", "token");
    await registrations.put([makeDocument("b", "token")]);
    const again = { owner: "users/a", address: "token", kind: "token", deviceType: "iOS" } as const;
    expect(await registrations.register(again)).toBe("refreshed");
    expect(await readAll(registrations)).toMatchObject([{ ...fidOf("a"), deviceType: "iOS" }]);
  });

  test("a token whose successor is gone is an address like any, until it is replaced again", async () => {
    await registerFid("a", "token");
    await registrations.unregister("users/a", "fid");
    await registrations.put([makeDocument("b", "token")]);
    expect(await registerToken("a")).toBe("added");
    expect(await readAll(registrations)).toMatchObject([{ address: "token", kind: "token" }]);
    expect(await registrations.readOwned(["users/a"])).toHaveLength(1);
    expect(await registerFid("a", "token")).toBe("added");
    expect(await registerToken("a")).toBe("refreshed");
    expect(await readAll(registrations)).toMatchObject([fidOf("a")]);
  });

  test("a successor without an address stands for nothing", async () => {
    await registerFid("a", "token");
    await registrations.put([makeDocument("a", null, { path: pathOf("a"), kind: "fid" })]);
    expect(await registerToken("a")).toBe("added");
    expect(await readAll(registrations)).toMatchObject([{ address: "token", kind: "token" }]);
  });

  test("whoever signs out with the token signs out its successor", async () => {
    await registerFid("a", "token");
    expect(await registrations.unregister("users/b", "token")).toBe("absent");
    expect(await registrations.size()).toBe(1);
    expect(await registrations.unregister("users/a", "token")).toBe("removed");
    expect(await registrations.size()).toBe(0);
  });

  test("token and id of one user registered at once leave the id alone", async () => {
    const calls = ["a", "a", "a"].flatMap((uid) => [
      registerToken(uid),
      registerFid(uid, "token"),
      registerToken(uid),
    ]);
    await Promise.all(calls);
    expect(await readAll(registrations)).toMatchObject([{ address: "fid", kind: "fid" }]);
  });

  test("of several users who register token and id at once, one has the id", async () => {
    const uids = ["a", "b", "a", "b", "a"];
    await Promise.all(uids.flatMap((uid) => [registerToken(uid), registerFid(uid, "token")]));
    const addresses = (await readAll(registrations)).map(({ address }) => address);
    expect(addresses.filter((address) => address === "fid")).toHaveLength(1);
    expect(addresses.length).toBeLessThanOrEqual(2);
  });
}
