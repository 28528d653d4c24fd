import { beforeEach, expect, test } from "vitest";
import { registrationId } from "../../domain/ids.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registering, Registrations } from "../index.ts";
import { playApart } from "./play-apart.ts";
import { readAll } from "./read.ts";

const device = (uid: string, address: string) => ({
  path: `users/${uid}/fcm_tokens/${registrationId(address)}`,
  address,
});

/** What one user's calls do to another's documents. Ada has the phone "token" / "fid"; mallory knows its addresses. */
export function describeApart(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  beforeEach(() => {
    registrations = opened().registrations;
  });

  const register = (uid: string, fields: Pick<Registering, "address" | "kind" | "replaces">) =>
    registrations.register({ owner: `users/${uid}`, deviceType: "Android", ...fields });
  const registerToken = (uid: string, address = "token") => register(uid, { address, kind: "token" });
  const registerFid = (uid: string, address: string, replaces?: string) =>
    register(uid, { address, kind: "fid", replaces });
  const signOut = (uid: string, address: string) => registrations.unregister(`users/${uid}`, address);

  test("a token that another user's id replaced is its owner's again, and leads to no other device", async () => {
    await registerToken("ada");
    await registerFid("mallory", "mallory's", "token");
    expect(await registerToken("ada")).toBe("added");
    expect(await registerToken("ada")).toBe("refreshed");
    expect(await readAll(registrations)).toMatchObject([
      device("mallory", "mallory's"),
      { ...device("ada", "token"), kind: "token" },
    ]);
  });

  test("one user's note of a token neither hides nor removes another's", async () => {
    await registerFid("ada", "fid", "token");
    await registerFid("mallory", "mallory's", "token");
    expect(await registerToken("ada")).toBe("refreshed");
    await registrations.removeUser("users/mallory");
    expect(await registerToken("ada")).toBe("refreshed");
    expect(await readAll(registrations)).toMatchObject([device("ada", "fid")]);
  });

  test("signing out with a token ends the caller's own devices only", async () => {
    await registerFid("ada", "fid", "token");
    await registerFid("mallory", "mallory's", "token");
    expect(await signOut("bob", "token")).toBe("absent");
    expect(await signOut("mallory", "token")).toBe("removed");
    expect(await readAll(registrations)).toMatchObject([device("ada", "fid")]);
    expect(await signOut("ada", "token")).toBe("removed");
    expect(await registrations.size()).toBe(0);
  });

  test("an id that another user took does not silence its owner's token", async () => {
    await registerFid("ada", "fid", "token");
    await registerFid("mallory", "fid");
    expect(await registerToken("ada")).toBe("added");
    expect(await readAll(registrations)).toMatchObject([device("mallory", "fid"), device("ada", "token")]);
    expect(await registerFid("ada", "fid", "token")).toBe("added");
    expect(await readAll(registrations)).toMatchObject([device("ada", "fid")]);
  });

  test("an id that another user calls a token, or a replaced one, comes back by its owner's next call", async () => {
    const ada = [{ ...device("ada", "fid"), kind: "fid" }];
    await registerToken("mallory", "fid");
    await registerFid("ada", "fid", "token");
    expect(await readAll(registrations)).toMatchObject(ada);
    await registerFid("mallory", "mallory's", "fid");
    await registerFid("ada", "fid", "token");
    expect(await readAll(registrations)).toMatchObject([...ada, device("mallory", "mallory's")]);
  });

  test("a phone that changes hands is the next user's, by its token or by both", async () => {
    await registerFid("ada", "fid", "token");
    await signOut("ada", "fid");
    await registerToken("bob");
    expect(await readAll(registrations), "bob's older app knows the token only").toMatchObject([
      { ...device("bob", "token"), kind: "token" },
    ]);
    await registerFid("eve", "fid", "token");
    expect(await readAll(registrations), "eve's app knows both").toMatchObject([device("eve", "fid")]);
    expect(await registerToken("eve")).toBe("refreshed");
    expect(await registerToken("bob"), "who never replaced it").toBe("added");
    expect(await readAll(registrations)).toMatchObject([device("eve", "fid"), device("bob", "token")]);
  });

  test("whatever another user calls, a call changes no documents but its own and those of its addresses", () =>
    playApart(registrations, 5));
}
