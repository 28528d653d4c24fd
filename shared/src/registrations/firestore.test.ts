import { setTimeout as after } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tombstoneId } from "../domain/ids.ts";
import { type Firestore, Timestamp } from "../google/firestore.ts";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { beforeNextCommit, loseNextAnswer, openFreshFirestore } from "../testing/firestore.ts";
import { makeDocument } from "../testing/records.ts";
import { describeWithWrongClock } from "../testing/wrong-clock.ts";
import { EVERYTHING, readAll, readPaths } from "./contract/read.ts";
import { describeRegistrationsContract } from "./contract.ts";
import { createFirestoreRegistrations } from "./firestore.ts";
import type { DeadAddress, Registrations } from "./index.ts";

const DAY_MS = 86_400_000;
const DEAD: DeadAddress = { address: "dead", kind: "token", code: "UNREGISTERED" };

describeOnEmulators("registrations on Firestore", ["firestore"], () => {
  describeWithWrongClock((aheadMs) => {
    describeRegistrationsContract("Firestore", async () => {
      const firestore = openFreshFirestore();
      return {
        registrations: createFirestoreRegistrations(firestore),
        // The emulator's time, by which documents are written.
        now: () => Date.now() - aheadMs,
        // The store's clock cannot be moved: it gives documents their times.
        advance: (ms) => after(ms),
        async addUsers(paths) {
          await Promise.all(paths.map((path) => firestore.doc(path).set({ name: path })));
        },
        close: () => firestore.terminate(),
      };
    });
  });

  let project: string;
  let firestore: Firestore;
  let registrations: Registrations;
  beforeEach(() => {
    project = freshProject();
    firestore = openFreshFirestore(project);
    registrations = createFirestoreRegistrations(firestore);
  });
  afterEach(() => firestore.terminate());

  /** Later than every write that a test has made. */
  const afterwards = () => Date.now() + DAY_MS;

  test("a document with fields of wrong types is read as far as it can be", async () => {
    const odd = [
      {},
      { fcm_token: null },
      { fcm_token: 7 },
      { fcm_token: ["a"] },
      { fcm_token: { address: "a" }, device_type: 3 },
      { fcm_token: true },
      { fcm_token: firestore.doc("users/u") },
      { fcm_token: "" },
      { fcm_token: "good-1", device_type: 4, kind: "other", created_at: 5 },
      { fcm_token: "good-2", kind: ["fid"], created_at: "yesterday" },
      { fcm_token: "good-3", kind: "fid", device_type: "iOS", created_at: Timestamp.fromMillis(9) },
    ];
    for (const [index, fields] of odd.entries())
      await firestore.doc(`users/u/fcm_tokens/${index}`).set(fields);
    const read = await readAll(registrations);
    expect(read).toMatchObject([
      { address: "good-1", kind: "token", deviceType: "" },
      { address: "good-2", kind: "token", deviceType: "" },
      { address: "good-3", kind: "fid", deviceType: "iOS", createdAt: 9 },
    ]);
    for (const { createdAt } of read.slice(0, 2))
      expect(Math.abs(Date.now() - createdAt)).toBeLessThan(DAY_MS);
    expect(await registrations.countWithoutAddress()).toBe(8);
    expect(await registrations.count(EVERYTHING, undefined)).toBe(3);
    const owned = await registrations.readOwned(["users/u"]);
    expect(owned.filter(({ address }) => address === null)).toHaveLength(8);
    await registrations.prune({ broadcast: "b", notSince: afterwards(), dead: [{ ...DEAD, address: "7" }] });
    expect(await registrations.size()).toBe(11);
  });

  test("3,000 documents under one address are read once each, across the edges of batches", async () => {
    const documents = Array.from({ length: 3_200 }, (_, index) =>
      makeDocument(`u${index}`, index < 100 ? `a${index}` : index < 3_100 ? "crowd" : `d${index}`),
    );
    await registrations.put(documents);
    const batches = await Array.fromAsync(registrations.read(EVERYTHING, undefined));
    expect(batches.length).toBeGreaterThan(5);
    const read = batches.flat();
    expect(new Set(read.map(({ path }) => path)).size).toBe(3_200);
    expect(read.map(({ address }) => address)).toEqual(documents.map(({ address }) => address).sort());
    expect(await registrations.count({ after: "a", upTo: "crowd" }, undefined)).toBe(3_100);
  });

  test.each(["dead", "alive"])(
    "a document that is rewritten as %s between being found and being deleted survives",
    async (address) => {
      await registrations.put([makeDocument("a", "dead")]);
      await after(50);
      const notSince = Date.now();
      await after(50);
      const rewritten = makeDocument("a", address, { deviceType: "web" });
      beforeNextCommit(firestore, () => registrations.put([rewritten]));
      await registrations.prune({ broadcast: "b1", notSince, dead: [DEAD] });
      expect(await readAll(registrations)).toMatchObject([{ address, deviceType: "web" }]);
      expect(await registrations.countPruned("b1")).toBe(0);
    },
  );

  test("a tombstone holds all of the document, and expires", async () => {
    const document = {
      fcm_token: "dead",
      device_type: "iOS",
      extra: { nested: [1, null] },
      seen: Timestamp.fromMillis(5),
    };
    const ref = firestore.doc("users/a/fcm_tokens/t");
    await ref.set(document);
    await registrations.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD] });
    expect((await ref.get()).exists).toBe(false);
    const tombstone = (await firestore.doc(`fanfare_pruned/${tombstoneId("b1", ref.path)}`).get()).data();
    const { prunedAt, expiresAt, ...rest } = tombstone ?? {};
    expect(rest).toEqual({
      v: 1,
      broadcast: "b1",
      code: "UNREGISTERED",
      path: ref.path,
      owner: "users/a",
      document,
    });
    expect(expiresAt.toMillis() - prunedAt.toMillis()).toBe(30 * DAY_MS);
  });

  describe("restoring", () => {
    const path = (uid: string) => `users/${uid}/fcm_tokens/t`;
    const restored = () => Array.fromAsync(registrations.restore("b1"));
    const addUsers = (...uids: string[]) =>
      Promise.all(uids.map((uid) => firestore.doc(`users/${uid}`).set({ name: uid })));

    test("brings back all of the document, whatever the app keeps in it", async () => {
      const document = {
        fcm_token: "dead",
        created_at: Timestamp.fromMillis(5),
        extra: { nested: [1, null], at: new Timestamp(7, 123_456_000) },
        user: firestore.doc("users/a"),
      };
      await addUsers("a");
      await firestore.doc(path("a")).set(document);
      await registrations.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD] });
      expect(await restored()).toEqual([{ restored: 1, registeredAgain: 0, userGone: 0 }]);
      expect((await firestore.doc(path("a")).get()).data()).toEqual(document);
    });

    test("leaves out whose user is gone, and comes back to him if he does", async () => {
      await addUsers("a");
      await registrations.put([makeDocument("a", "dead"), makeDocument("gone", "dead")]);
      await registrations.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD] });
      expect(await restored()).toEqual([{ restored: 1, registeredAgain: 0, userGone: 1 }]);
      expect(await readPaths(registrations)).toEqual([path("a")]);
      expect(await registrations.countPruned("b1")).toBe(1);
    });

    test("goes on after it was cut off between two documents of one address", async () => {
      await addUsers("a", "b");
      await registrations.put(["a", "b"].map((uid) => makeDocument(uid, "dead", { createdAt: 5 })));
      await registrations.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD] });
      const [first] = await Promise.all(
        ["a", "b"].map((uid) => firestore.doc(`fanfare_pruned/${tombstoneId("b1", path(uid))}`).get()),
      );
      await firestore.doc(path("a")).set(first?.get("document"));
      await first?.ref.delete();
      expect(await restored()).toEqual([{ restored: 1, registeredAgain: 0, userGone: 0 }]);
      expect(await readPaths(registrations)).toEqual([path("a"), path("b")]);
    });

    test("counts a document whose commit's answer was lost as restored", async () => {
      await addUsers("a");
      await registrations.put([makeDocument("a", "dead")]);
      await registrations.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD] });
      loseNextAnswer(firestore);
      expect(await restored()).toEqual([{ restored: 1, registeredAgain: 0, userGone: 0 }]);
      expect(await readPaths(registrations)).toEqual([path("a")]);
    });

    test("yields to an app that registers at the last moment", async () => {
      await addUsers("a");
      await registrations.put([makeDocument("a", "dead")]);
      await registrations.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD] });
      beforeNextCommit(firestore, () => firestore.doc(path("a")).set({ fcm_token: "new" }));
      expect(await restored()).toEqual([{ restored: 0, registeredAgain: 1, userGone: 0 }]);
      expect((await firestore.doc(path("a")).get()).data()).toEqual({ fcm_token: "new" });
      expect(await registrations.countPruned("b1")).toBe(1);
    });
  });

  test("every write is paced: an import's documents, a pruned document and its tombstone, and the way back", async () => {
    const taken: number[] = [];
    const pace = { take: async (writes: number) => void taken.push(writes) };
    const paced = createFirestoreRegistrations(firestore, {}, pace);
    await firestore.doc("users/a").set({});
    await paced.put([makeDocument("a", "dead"), makeDocument("b", "alive"), makeDocument("c", "dead")]);
    await paced.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD, { ...DEAD, address: "no" }] });
    await Array.fromAsync(paced.restore("b1"));
    expect(taken).toEqual([3, 2, 2, 2]);
  });

  test("collections may have names of an app's own", async () => {
    const options = { tokensCollection: "devices", prefix: "push_" };
    const own = createFirestoreRegistrations(firestore, options);
    await own.put([{ ...makeDocument("a", "dead"), path: "people/a/devices/t" }]);
    expect(await registrations.size()).toBe(0);
    expect(await own.readOwned(["people/a"])).toMatchObject([{ path: "people/a/devices/t" }]);
    await own.prune({ broadcast: "b1", notSince: afterwards(), dead: [DEAD] });
    expect(await own.countPruned("b1")).toBe(1);
    expect((await firestore.collection("push_pruned").get()).size).toBe(1);
  });

  test("a reader may stop before the end", async () => {
    await registrations.put(
      Array.from({ length: 2_000 }, (_, index) => makeDocument(`u${index}`, `a${index}`)),
    );
    for await (const batch of registrations.read(EVERYTHING, undefined)) {
      expect(batch).toHaveLength(500);
      break;
    }
    await firestore.terminate();
    firestore = openFreshFirestore(project);
  });
});
