import { beforeEach, describe, expect, test } from "vitest";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registrations } from "../index.ts";
import { readPaths } from "./read.ts";

export function describeLeaving(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  beforeEach(() => {
    registrations = opened().registrations;
  });

  const path = (uid: string, id = "t") => `users/${uid}/fcm_tokens/${id}`;
  const count = async () => (await registrations.countPruned("b1")) + (await registrations.countPruned("b2"));

  test("whoever signs out loses all documents of that device, and nobody else any", async () => {
    await registrations.put([
      makeDocument("a", "device"),
      makeDocument("a", "device", { path: path("a", "double") }),
      makeDocument("a", "another", { path: path("a", "another") }),
      makeDocument("b", "device"),
    ]);
    expect(await registrations.unregister("users/a", "device")).toBe("removed");
    expect(await readPaths(registrations)).toEqual([path("a", "another"), path("b")]);
    expect(await registrations.unregister("users/a", "device")).toBe("absent");
    expect(await registrations.unregister("users/c", "device")).toBe("absent");
    expect(await registrations.size()).toBe(2);
  });

  describe("a user who is gone", () => {
    const prune = (broadcast: string, address: string) =>
      registrations.prune({
        broadcast,
        notSince: opened().now() + 60_000,
        dead: [{ address, kind: "token", code: "UNREGISTERED" }],
      });

    test("leaves nothing, and nobody else loses anything", async () => {
      const others = ["a0", "ab", "b", "A"];
      await registrations.put([
        ...["a", ...others].map((uid) => makeDocument(uid, `dead-${uid === "a" || uid === "b"}`)),
        makeDocument("a", null, { path: path("a", "none") }),
        makeDocument("a", "alive", { path: path("a", "alive") }),
      ]);
      await prune("b1", "dead-true");
      expect(await count()).toBe(2);
      await registrations.removeUser("users/a");
      expect(await readPaths(registrations)).toEqual(["A", "a0", "ab"].map((uid) => path(uid)));
      expect(await registrations.size()).toBe(3);
      expect(await count(), "only b's tombstone").toBe(1);
      await registrations.removeUser("users/a");
      expect(await registrations.size()).toBe(3);
    });

    test("is forgotten by the tokens of former devices", async () => {
      const device = { owner: "users/a", deviceType: "Android" };
      await registrations.register({ ...device, address: "fid", kind: "fid", replaces: "token" });
      await registrations.removeUser("users/a");
      const again = { ...device, owner: "users/b", address: "token", kind: "token" } as const;
      expect(await registrations.register(again)).toBe("added");
      expect(await registrations.size()).toBe(1);
    });

    test("and came back keeps what was written since", async () => {
      const { now, advance } = opened();
      const device = { owner: "users/a", deviceType: "Android", kind: "token" } as const;
      for (const address of ["old", "refreshed"]) await registrations.register({ ...device, address });
      await registrations.put([makeDocument("a", "dead-1"), makeDocument("b", "dead-2")]);
      await prune("b1", "dead-1");
      await advance(50);
      const until = now();
      await advance(50);
      for (const address of ["refreshed", "new"]) await registrations.register({ ...device, address });
      await registrations.put([makeDocument("a", "dead-2")]);
      await prune("b2", "dead-2");
      await registrations.removeUser("users/a", until);
      const left = await registrations.readOwned(["users/a"]);
      expect(left.map(({ address }) => address).toSorted()).toEqual(["new", "refreshed"]);
      expect(await registrations.countPruned("b1")).toBe(0);
      expect(await registrations.countPruned("b2")).toBe(2);
    });

    test("may have had very many devices", async () => {
      const documents = Array.from({ length: 620 }, (_, index) =>
        makeDocument("a", `device-${index}`, { path: path("a", `${index}`) }),
      );
      await registrations.put([...documents, makeDocument("b", "another")]);
      await registrations.removeUser("users/a");
      expect(await readPaths(registrations)).toEqual([path("b")]);
    });
  });
}
