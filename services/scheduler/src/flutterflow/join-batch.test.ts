import { finishWith } from "@fanfare/shared/testing/finished";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTaking, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { giveUpBatches } from "./join-batch.ts";
import { takeDocument } from "./take-document.ts";

const HOUR_MS = 3_600_000;

let store: TestStore;
let taking: ReturnType<typeof createTaking>;
beforeEach(() => {
  store = createStore();
  taking = createTaking(store);
});
afterEach(() => store.close());

const later = (fromNowMs: number) => new Date(store.now() + fromNowMs).toISOString();

describe("the documents of a batch", () => {
  const PARTS = 3;
  const path = (index: number, batch = "b") => `ff_push_notifications/${batch}${index}`;
  const part = (index: number, fields = {}) => ({
    ...FROM_CONSOLE,
    batch_index: index,
    num_batches: PARTS,
    ...fields,
  });

  test("are one broadcast, once all have come, and the sum of their answers is right", async () => {
    expect(await taking.ask(path(2), part(2))).toEqual({ kind: "waiting" });
    expect(await taking.ask(path(0), part(0))).toEqual({ kind: "waiting" });
    expect(await taking.broadcasts()).toEqual([]);
    expect(await taking.ask(path(1), part(1))).toMatchObject({ kind: "sent" });
    const { id, audience } = await taking.theOnly();
    expect(audience).toEqual({});
    await finishWith(
      store,
      id,
      Array.from({ length: 8 }, () => "accepted"),
    );
    const answers = await Promise.all([0, 1, 2].map((index) => taking.answerIn(path(index))));
    expect(answers).toEqual([3, 3, 2].map((num_sent) => ({ status: "succeeded", num_sent })));
  });

  test("sent twice are two broadcasts, in whatever order they come", async () => {
    for (const [index, batch] of [
      [0, "a"],
      [0, "b"],
      [2, "b"],
      [1, "b"],
      [1, "a"],
      [2, "a"],
    ] as const)
      await taking.ask(path(index, batch), part(index));
    const all = await taking.broadcasts();
    expect(all.map(({ documents }) => documents?.length)).toEqual([PARTS, PARTS]);
  });

  test("of one sender are not joined by another's of the same content", async () => {
    const by = (uid: string, index: number) =>
      taking.ask(path(index, uid), part(index, { sender: `users/${uid}` }));
    await by("ada", 0);
    expect(await by("mallory", 1)).toEqual({ kind: "waiting" });
    expect(await by("mallory", 2)).toEqual({ kind: "waiting" });
    await by("ada", 1);
    expect(await by("ada", 2)).toMatchObject({ kind: "sent" });
    const { documents } = await taking.theOnly();
    expect(documents?.map((one) => one.path)).toEqual([0, 1, 2].map((index) => path(index, "ada")));
  });

  test("that do not come together are answered after an hour, and nothing is sent", async () => {
    await taking.ask(path(0), part(0));
    await store.advance(HOUR_MS - 1);
    await taking.ask(path(2), part(2));
    await store.advance(HOUR_MS - 1);
    await giveUpBatches(taking.deps);
    expect(await taking.answerIn(path(0))).toEqual({ status: "started", num_sent: 0 });
    await store.advance(1);
    await giveUpBatches(taking.deps);
    const error = "only 2 of the 3 documents of this batch were written, so nothing was sent";
    for (const index of [0, 2])
      expect(await taking.answerIn(path(index))).toEqual({ status: "failed", num_sent: 0, error });
    // The last one comes too late, and finds none to join.
    expect(await taking.ask(path(1), part(1))).toEqual({ kind: "waiting" });
    expect(await taking.broadcasts()).toEqual([]);
    await giveUpBatches(taking.deps);
  });

  test("that were only to be checked are not answered, whatever the mode where they are given up", async () => {
    const shadow = createTaking(store, { mode: "shadow" });
    await shadow.ask(path(0), part(0));
    await store.advance(HOUR_MS + 1);
    await giveUpBatches(taking.deps);
    expect(await taking.answerIn(path(0))).toEqual({ status: "started", num_sent: 0 });
    expect(await store.intake.comparisons(10)).toMatchObject([{ path: path(0), ours: { status: "failed" } }]);
    expect(await store.intake.refusals(10)).toEqual([]);
  });

  test("are refused together when one is deleted before all have come", async () => {
    const at = later(2 * HOUR_MS);
    const first = await taking.write(path(0), part(0, { scheduled_time: at }));
    await takeDocument(taking.deps, first);
    await taking.ask(path(1), part(1, { scheduled_time: at }));
    await taking.deps.documents.remove(path(0));
    await takeDocument(taking.deps, first);
    const reason = `its document ${path(0)} was deleted`;
    expect(await taking.ask(path(2), part(2, { scheduled_time: at }))).toEqual({ kind: "refused", reason });
    expect(await taking.broadcasts()).toEqual([]);
    for (const index of [1, 2])
      expect(await taking.answerIn(path(index))).toMatchObject({ status: "failed", error: reason });
  });

  test("are cancelled together when one is deleted", async () => {
    const at = later(2 * HOUR_MS);
    for (const index of [0, 1]) await taking.ask(path(index), part(index, { scheduled_time: at }));
    const last = await taking.write(path(2), part(2, { scheduled_time: at }));
    await takeDocument(taking.deps, last);
    await taking.deps.documents.remove(path(2));
    expect(await takeDocument(taking.deps, last)).toEqual({ kind: "gone" });
    expect((await taking.theOnly()).phase).toBe("cancelled");
    for (const index of [0, 1])
      expect(await taking.answerIn(path(index))).toMatchObject({ status: "failed" });
  });

  test("are moved together", async () => {
    for (const index of [0, 1, 2])
      await taking.ask(path(index), part(index, { scheduled_time: later(HOUR_MS) }));
    const moved = later(3 * HOUR_MS);
    for (const index of [0, 1, 2]) await taking.ask(path(index), part(index, { scheduled_time: moved }));
    expect(await taking.theOnly()).toMatchObject({ phase: "scheduled", dueAt: store.now() + 3 * HOUR_MS });
  });
});
