import { beforeEach, expect, test } from "vitest";
import { registrationId } from "../../domain/ids.ts";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registering, Registrations } from "../index.ts";
import { readAll, readPaths } from "./read.ts";

const pathOf = (uid: string, address = "device") => `users/${uid}/fcm_tokens/${registrationId(address)}`;

export function describeRegistering(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  beforeEach(() => {
    registrations = opened().registrations;
  });

  const register = (uid: string, fields: Partial<Registering> = {}) =>
    registrations.register({
      owner: `users/${uid}`,
      address: "device",
      kind: "token",
      deviceType: "Android",
      ...fields,
    });

  test("a new address is added under an id of its own, as of now", async () => {
    const before = opened().now();
    expect(await register("a", { deviceType: "iOS", kind: "fid" })).toBe("added");
    const [document, ...more] = await readAll(registrations);
    expect(more).toEqual([]);
    expect(document).toMatchObject({
      path: pathOf("a"),
      address: "device",
      kind: "fid",
      deviceType: "iOS",
    });
    expect(document?.createdAt).toBeGreaterThanOrEqual(before);
    expect(document?.createdAt).toBeLessThanOrEqual(opened().now());
  });

  test("a second call brings the document up to date, and it keeps its time", async () => {
    const { now, advance } = opened();
    await register("a");
    const [first] = await readAll(registrations);
    await advance(50);
    const notSince = now();
    await advance(50);
    expect(await register("a", { deviceType: "web", kind: "fid" })).toBe("refreshed");
    expect(await readAll(registrations)).toEqual([{ ...first, deviceType: "web", kind: "fid" }]);
    const dead = [{ address: "device", kind: "fid" as const, code: "GONE" }];
    await registrations.prune({ broadcast: "b", notSince, dead });
    expect(await registrations.size(), "it was refreshed after the broadcast was sent").toBe(1);
  });

  test("a document of FlutterFlow's is understood, and its doubles go", async () => {
    const path = (id: string) => `users/a/fcm_tokens/${id}`;
    await registrations.put([
      makeDocument("a", "device", { path: path("random-1"), createdAt: 7_000 }),
      makeDocument("a", "device", { path: path("random-2"), createdAt: 5_000 }),
      makeDocument("a", "another", { path: path("random-3"), createdAt: 6_000 }),
    ]);
    expect(await register("a", { deviceType: "iOS" })).toBe("refreshed");
    const [another, kept, ...more] = await readAll(registrations);
    expect(more).toEqual([]);
    expect(another).toMatchObject({ path: path("random-3"), createdAt: 6_000, deviceType: "Android" });
    expect(kept).toMatchObject({ address: "device", createdAt: 5_000, deviceType: "iOS" });
    expect([path("random-1"), path("random-2")]).toContain(kept?.path);
  });

  test("an address moves to the user who registers it last, with its time", async () => {
    await registrations.put([
      makeDocument("a", "device", { createdAt: 3_000 }),
      makeDocument("b", "device", { createdAt: 2_000 }),
      makeDocument("c", "another", { createdAt: 1_000 }),
    ]);
    expect(await register("c")).toBe("added");
    expect(await readPaths(registrations)).toEqual([pathOf("c"), "users/c/fcm_tokens/t"].sort());
    expect(await register("b")).toBe("added");
    expect(await registrations.readOwned(["users/b"])).toMatchObject([{ createdAt: 2_000 }]);
    expect(await readPaths(registrations)).toEqual([pathOf("b"), "users/c/fcm_tokens/t"]);
  });

  test("whatever lies where the document belongs gives way", async () => {
    await registrations.put([makeDocument("a", null, { path: pathOf("a") })]);
    expect(await register("a")).toBe("added");
    expect(await readAll(registrations)).toMatchObject([{ path: pathOf("a"), address: "device" }]);
  });

  test("calls at once leave one document, and one of them added it", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => register("a")));
    expect(await readPaths(registrations)).toEqual([pathOf("a")]);
    expect(answers.filter((answer) => answer === "added")).toHaveLength(1);
  });

  test("calls of several users at once leave one document of one of them", async () => {
    const uids = ["a", "b", "c", "d"];
    await Promise.all([...uids, ...uids, ...uids].map((uid) => register(uid)));
    const paths = await readPaths(registrations);
    expect(paths).toHaveLength(1);
    expect(uids.map((uid) => pathOf(uid))).toContain(paths[0]);
  });
}
