import { openFirestore } from "@fanfare/shared/google/firestore";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./testing/bench.ts";

const ADDRESSES = 20;

/** A clock by which every look is an hour later: the crowd asks for more than a user may within one. */
function hourly(): () => number {
  let hours = 0;
  return () => ++hours * 3_600_000;
}

describeOnEmulators("calls at once, to two processes", ["firestore"], () => {
  let benches: Bench[];
  let close: () => Promise<unknown>;
  let addresses: () => Promise<(string | null)[]>;
  beforeEach(async () => {
    const project = freshProject();
    const firestores = [openFirestore({ project }), openFirestore({ project })];
    const ports = firestores.map((firestore) => createFirestoreRegistrations(firestore));
    benches = await Promise.all(ports.map((one) => startBench(one, hourly())));
    addresses = async () => {
      const batches = await Array.fromAsync(ports[0]?.read({ after: "", upTo: null }, undefined) ?? []);
      return batches.flat().map(({ address }) => address);
    };
    close = () =>
      Promise.all([
        ...benches.map((bench) => bench.close()),
        ...firestores.map((firestore) => firestore.terminate()),
      ]);
  });
  afterEach(() => close());

  test.each([
    { calls: 200, users: 1 },
    { calls: 60, users: 3 },
  ])("$calls by $users leave one document of each device", async ({ calls: count, users }) => {
    const calls = Array.from({ length: count }, async (_, index) => {
      const uid = `u${index % users}`;
      const fcmToken = `device-${String(index % ADDRESSES).padStart(2, "0")}`;
      const data = { userDocPath: `users/${uid}`, fcmToken, deviceType: "iOS" };
      return benches[Math.floor(index / ADDRESSES) % 2]?.call("addFcmToken", uid, data);
    });
    const statuses = (await Promise.all(calls)).map((answer) => answer?.status);
    expect(statuses).toEqual(new Array(count).fill(200));
    const expected = Array.from({ length: ADDRESSES }, (_, n) => `device-${String(n).padStart(2, "0")}`);
    expect(await addresses()).toEqual(expected);
  });
});
