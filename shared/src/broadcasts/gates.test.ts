import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Broadcast, Phase } from "../domain/broadcast.ts";
import { chunkOf, claimChunk, BROADCAST as ID, openOf, plan } from "../ledger/contract/steps.ts";
import { makeBroadcast } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { hold, resume } from "./gates.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const running: Broadcast = makeBroadcast("ledger");
const held = { reason: "payload", by: "sender", at: 5 };
const stored = () => store.broadcasts.get(ID);

describe("holding", () => {
  test("closes the gate, and says why, who and when", async () => {
    await store.broadcasts.create(running);
    await hold(store.broadcasts, ID, "payload", "sender", 5);
    expect(await stored()).toEqual({ ...running, gates: { held }, version: 2 });
  });

  test("says which rejections are not to be believed meanwhile", async () => {
    await store.broadcasts.create(running);
    await hold(store.broadcasts, ID, "payload", "sender", 5, "SENDER_ID_MISMATCH");
    expect((await stored())?.gates).toEqual({ held: { ...held, doubts: "SENDER_ID_MISMATCH" } });
  });

  test("again changes nothing: the first reason stays", async () => {
    await store.broadcasts.create(running);
    const reasons = ["first", "second", "third"];
    await hold(store.broadcasts, ID, "first", "sender", 5);
    await Promise.all(reasons.map((reason) => hold(store.broadcasts, ID, reason, "another", 6)));
    expect(await stored()).toMatchObject({ gates: { held: { reason: "first", by: "sender" } }, version: 2 });
  });

  test.each<Phase>(["scheduled", "succeeded", "failed", "cancelled"])(
    "is for running broadcasts: not for one that is %s",
    async (phase) => {
      await store.broadcasts.create({ ...running, phase });
      await hold(store.broadcasts, ID, "payload", "sender", 5);
      expect(await stored()).toEqual({ ...running, phase });
    },
  );

  test("a missing broadcast is no error", async () => {
    await hold(store.broadcasts, ID, "payload", "sender", 5);
    expect(await stored()).toBeNull();
  });
});

describe("resuming", () => {
  test("opens the gate and makes the parked chunks due", async () => {
    await store.broadcasts.create({ ...running, gates: { held } });
    await plan(store.ledger, [1]);
    const { epoch } = await claimChunk(store.ledger, chunkOf(0));
    await store.ledger.parkChunk(chunkOf(0), epoch, openOf([0]));
    const result = await resume(store, ID);
    expect(result).toMatchObject({ kind: "resumed", broadcast: { id: ID, gates: {} } });
    expect(await stored()).toMatchObject({ gates: {}, owes: [], phase: "running" });
    expect(await store.ledger.hints(10)).toEqual([{ kind: "chunk", id: chunkOf(0) }]);
  });

  test("what is not held, or over, changes nothing", async () => {
    await store.broadcasts.create(running);
    expect(await resume(store, ID)).toEqual({ kind: "not-held", broadcast: running });
    const over = makeBroadcast("over", { phase: "failed", gates: { held } });
    await store.broadcasts.create(over);
    expect(await resume(store, over.id)).toEqual({ kind: "not-held", broadcast: over });
    expect(await stored()).toEqual(running);
  });

  test("by many at once happens once", async () => {
    await store.broadcasts.create({ ...running, gates: { held } });
    const results = await Promise.all([1, 2, 3, 4].map(() => resume(store, ID)));
    const kinds = results.map((result) => result?.kind).sort();
    expect(kinds).toEqual(["not-held", "not-held", "not-held", "resumed"]);
    expect(await stored()).toMatchObject({ gates: {}, owes: [] });
  });

  test("a missing broadcast is null", async () => {
    expect(await resume(store, ID)).toBeNull();
  });
});
