import { afterEach, beforeEach, expect, test } from "vitest";
import type { Broadcast } from "../domain/broadcast.ts";
import type { Firestore } from "../google/firestore.ts";
import { START } from "../testing/clock.ts";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { beforeNextCommit, loseNextAnswer, openFreshFirestore } from "../testing/firestore.ts";
import { makeBroadcast } from "../testing/records.ts";
import { describeWithWrongClock } from "../testing/wrong-clock.ts";
import { describeBroadcastsContract } from "./contract.ts";
import { createFirestoreBroadcasts } from "./firestore.ts";

describeOnEmulators("broadcasts on Firestore", ["firestore"], () => {
  describeWithWrongClock(() => {
    describeBroadcastsContract("Firestore", async () => {
      const firestore = openFreshFirestore();
      return { broadcasts: createFirestoreBroadcasts(firestore), close: () => firestore.terminate() };
    });
  });

  let one: Firestore;
  let other: Firestore;
  beforeEach(() => {
    const project = freshProject();
    [one, other] = [openFreshFirestore(project), openFreshFirestore(project)];
  });
  afterEach(async () => {
    await Promise.all([one.terminate(), other.terminate()]);
  });

  test("a write that another client overtakes between its look and its commit is lost", async () => {
    const made = makeBroadcast("race");
    const [broadcasts, rival] = [createFirestoreBroadcasts(one), createFirestoreBroadcasts(other)];
    await broadcasts.create(made);
    beforeNextCommit(one, () => rival.replace({ ...made, fault: "first" }));
    expect(await broadcasts.replace({ ...made, fault: "second" })).toBe("lost");
    expect(await broadcasts.get(made.id)).toEqual({ ...made, version: 2, fault: "first" });
  });

  test("a broadcast that another client creates first is shown", async () => {
    const [broadcasts, rival] = [createFirestoreBroadcasts(one), createFirestoreBroadcasts(other)];
    const [first, second] = ["a", "b"].map((fingerprint) => makeBroadcast("race", { fingerprint }));
    beforeNextCommit(one, () => rival.create(first as Broadcast));
    expect(await broadcasts.create(second as Broadcast)).toEqual({ kind: "existing", existing: first });
  });

  test("a write whose answer was lost is made once, and lost to whoever made it", async () => {
    const made = makeBroadcast("race");
    const broadcasts = createFirestoreBroadcasts(one);
    loseNextAnswer(one);
    expect(await broadcasts.create(made)).toEqual({ kind: "existing", existing: made });
    loseNextAnswer(one);
    expect(await broadcasts.replace({ ...made, fault: "once" })).toBe("lost");
    expect(await broadcasts.get(made.id)).toEqual({ ...made, version: 2, fault: "once" });
  });

  test("a standstill that version 0.1.0 wrote is read, and written where that version looks for it", async () => {
    const broadcasts = createFirestoreBroadcasts(one, { prefix: "push_" });
    const [made, progress] = [makeBroadcast("old"), { mark: "m", at: 1, lookedAt: 2 }];
    await broadcasts.create(made);
    const ref = one.doc(`push_broadcasts/${made.id}`);
    await ref.update({ record: JSON.stringify({ ...made, progress }) });
    expect(await broadcasts.get(made.id)).toEqual({ ...made, standstill: progress });
    await broadcasts.replace({ ...made, standstill: { ...progress, lookedAt: 3 } });
    const record = (await ref.get()).get("record");
    expect(JSON.parse(record)).toMatchObject({ version: 2, progress: { ...progress, lookedAt: 3 } });
  });

  test("a document shows people what it is about, and expires once its broadcast has finished", async () => {
    const broadcasts = createFirestoreBroadcasts(one, { prefix: "push_", retentionDays: 2 });
    const made = makeBroadcast("shown", { owes: ["due"] });
    await broadcasts.create(made);
    const ref = one.doc(`push_broadcasts/${made.id}`);
    const running = (await ref.get()).data();
    expect(running).toMatchObject({ v: 1, version: 1, phase: "running", owing: true, caller: "test" });
    expect(running).toMatchObject({ title: made.content.title });
    expect(running).not.toHaveProperty("expiresAt");
    await broadcasts.replace({ ...made, phase: "succeeded", owes: [], finishedAt: START });
    const finished = await ref.get();
    expect(finished.data()).toMatchObject({ version: 2, phase: "succeeded", owing: false });
    expect(finished.get("expiresAt").toMillis()).toBe(START + 2 * 86_400_000);
  });
});
