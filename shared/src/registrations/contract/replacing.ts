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

  test("so the device moves to a user who only knows its token", async () => {
    await registerFid("a", "token");
    expect(await registerToken("b")).toBe("added");
    expect(await readAll(registrations)).toMatchObject([fidOf("b")]);
    expect(await registerToken("a"), "and back").toBe("added");
    expect(await readAll(registrations)).toMatchObject([fidOf("a")]);
  });

  test("it is found under the caller, too, where the id came there without the token", async () => {
    await registerFid("a", "token");
    await registerFid("b");
    expect(await registerToken("b")).toBe("refreshed");
    expect(await readAll(registrations)).toMatchObject([fidOf("b")]);
  });

  test("the token does not come back where its successor is gone", async () => {
    await registerFid("a", "token");
    await registrations.unregister("users/a", "fid");
    await registrations.put([makeDocument("b", "token")]);
    expect(await registerToken("a")).toBe("refreshed");
    expect(await readAll(registrations)).toEqual([]);
    expect(await registerFid("a", "token")).toBe("added");
  });

  test("whoever signs out with the token signs out its successor", async () => {
    await registerFid("a", "token");
    expect(await registrations.unregister("users/b", "token")).toBe("absent");
    expect(await registrations.size()).toBe(1);
    expect(await registrations.unregister("users/a", "token")).toBe("removed");
    expect(await registrations.size()).toBe(0);
  });

  test("token and id registered at once leave the id alone", async () => {
    const calls = ["a", "b", "a", "b", "a"].flatMap((uid) => [
      registerToken(uid),
      registerFid(uid, "token"),
      registerToken(uid),
    ]);
    await Promise.all(calls);
    expect(await readAll(registrations)).toMatchObject([{ address: "fid", kind: "fid" }]);
  });
}
