import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hold } from "../broadcasts/hold.ts";
import { tryFinish } from "../broadcasts/try-finish.ts";
import type { Broadcast, Phase } from "../domain/broadcast.ts";
import { outcomesOf } from "../domain/chunk.ts";
import {
  chunkOf,
  claimChunk,
  BROADCAST as ID,
  makePage,
  openOf,
  plan,
  ROOT,
} from "../ledger/contract/steps.ts";
import type { Ledger } from "../ledger/index.ts";
import { START } from "../testing/clock.ts";
import { makeBroadcast, makeDocument } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { cancel } from "./cancel.ts";
import { pause } from "./pause.ts";
import { resume } from "./resume.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const running: Broadcast = makeBroadcast("ledger");
const held = { reason: "payload", by: "sender", at: 5 };
const BY = { by: "somebody" };
const stored = () => store.broadcasts.get(ID);

test.each([
  ["by", { by: "ada\ud83d" }],
  ["reason", { by: "ada", reason: "\ud83d" }],
])("a gate is not turned where half of a surrogate pair is in %s", async (field, who) => {
  await store.broadcasts.create(running);
  const problems = [{ field, message: expect.stringContaining("is not valid Unicode") }];
  await expect(pause({ ...store }, ID, who)).rejects.toMatchObject({ problems });
  await expect(cancel({ ...store }, ID, who)).rejects.toMatchObject({ problems });
  await expect(resume({ ...store }, ID, "held", who)).rejects.toMatchObject({ problems });
  expect(await stored()).toEqual(running);
});

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

  test("is not for refusals that were accepted, and is for others", async () => {
    const accepts = [{ code: "CONTENT_REFUSED", by: "ada", at: 1 }];
    await store.broadcasts.create({ ...running, accepts });
    await hold(store.broadcasts, ID, "payload", "sender", 5, "CONTENT_REFUSED");
    expect(await stored()).toEqual({ ...running, accepts });
    await hold(store.broadcasts, ID, "a wave", "sender", 5, "SENDER_ID_MISMATCH");
    expect(await stored()).toMatchObject({ gates: { held: { reason: "a wave" } } });
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
  const park = async () => {
    await plan(store.ledger, [1]);
    const { epoch } = await claimChunk(store.ledger, chunkOf(0));
    await store.ledger.parkChunk(chunkOf(0), epoch, openOf([0]));
  };
  const hints = () => store.ledger.hints(10);

  test("opens the gate and makes the parked chunks due", async () => {
    await store.broadcasts.create({ ...running, gates: { held } });
    await park();
    expect(await resume(store, ID, "held", BY)).toMatchObject({ kind: "changed", broadcast: { id: ID } });
    expect(await stored()).toMatchObject({ gates: {}, owes: [], phase: "running" });
    expect(await hints()).toEqual([{ kind: "chunk", id: chunkOf(0) }]);
  });

  test("a hold begins another trial of what was refused, a pause does not", async () => {
    await store.broadcasts.create({ ...running, gates: { held, paused: { by: "ada", at: 1 } } });
    await resume(store, ID, "paused", BY);
    expect(await stored()).not.toHaveProperty("trial");
    await resume(store, ID, "held", BY);
    expect(await stored()).toMatchObject({ trial: 1 });
    await hold(store.broadcasts, ID, "again", "sender", 6);
    await resume(store, ID, "held", BY);
    expect(await stored()).toMatchObject({ trial: 2 });
    expect(await stored()).not.toHaveProperty("accepts");
  });

  test("a pause releases no hold, and the chunks stay parked", async () => {
    await store.broadcasts.create({ ...running, gates: { held, paused: { by: "ada", at: 1 } } });
    await park();
    expect(await resume(store, ID, "paused", BY)).toMatchObject({ kind: "changed" });
    expect((await stored())?.gates).toEqual({ held });
    expect(await resume(store, ID, "paused", BY)).toMatchObject({ kind: "unchanged" });
    expect(await hints()).toEqual([]);
    await resume(store, ID, "held", BY);
    expect(await hints()).toHaveLength(1);
  });

  test("what is not closed, over or cancelled, changes nothing", async () => {
    await store.broadcasts.create(running);
    expect(await resume(store, ID, "held", BY)).toEqual({ kind: "unchanged", broadcast: running });
    const over = makeBroadcast("over", { phase: "failed", gates: { held } });
    const cancelled = makeBroadcast("cancelled", { gates: { held, cancelled: held } });
    for (const broadcast of [over, cancelled]) {
      await store.broadcasts.create(broadcast);
      expect(await resume(store, broadcast.id, "held", BY)).toEqual({ kind: "unchanged", broadcast });
    }
    expect(await stored()).toEqual(running);
  });

  test("by many at once happens once", async () => {
    await store.broadcasts.create({ ...running, gates: { held } });
    const results = await Promise.all([1, 2, 3, 4].map(() => resume(store, ID, "held", BY)));
    const kinds = results.map((result) => result?.kind).sort();
    expect(kinds).toEqual(["changed", "unchanged", "unchanged", "unchanged"]);
    expect(await stored()).toMatchObject({ gates: {}, owes: [] });
  });

  test("a missing broadcast is null", async () => {
    expect(await resume(store, ID, "held", BY)).toBeNull();
  });
});

describe("pausing", () => {
  test("closes a gate of its own, once, and a hold may join it", async () => {
    await store.broadcasts.create(running);
    expect(await pause(store, ID, { by: "ada", reason: "typo?" })).toMatchObject({ kind: "changed" });
    expect(await pause(store, ID, BY)).toMatchObject({ kind: "unchanged" });
    await hold(store.broadcasts, ID, "payload", "sender", 5);
    const paused = { by: "ada", reason: "typo?", at: START };
    expect((await stored())?.gates).toEqual({ held, paused });
  });

  test("a scheduled broadcast keeps it from being due until it is resumed, at no loss", async () => {
    await store.broadcasts.create({ ...running, phase: "scheduled", releasedAt: null });
    await pause(store, ID, BY);
    expect(await store.broadcasts.due(START + 1, 5)).toEqual([]);
    await resume(store, ID, "paused", BY);
    expect(await store.broadcasts.due(START + 1, 5)).toMatchObject([{ id: ID, owes: [] }]);
  });

  test.each<Phase>(["succeeded", "failed", "cancelled"])("what is %s changes nothing", async (phase) => {
    await store.broadcasts.create({ ...running, phase });
    expect(await pause(store, ID, BY)).toEqual({ kind: "unchanged", broadcast: { ...running, phase } });
  });
});

describe("cancelling", () => {
  const outcomes = async () => {
    const chunks = await Array.fromAsync(store.ledger.chunks(ID));
    return chunks.map((chunk) => outcomesOf(chunk));
  };

  test("a scheduled broadcast is its end", async () => {
    await store.broadcasts.create({ ...running, phase: "scheduled", releasedAt: null });
    await cancel(store, ID, { by: "ada", reason: "wrong day" });
    expect(await stored()).toMatchObject({
      phase: "cancelled",
      fault: "wrong day",
      finishedAt: START,
      owes: [],
    });
    expect(store.waiting("sender.prune")).toMatchObject([{ type: "broadcast.finished", phase: "cancelled" }]);
  });

  test("a running one ends what nobody works on, and stops its ranges where they are", async () => {
    await store.broadcasts.create({ ...running, gates: { held } });
    await store.registrations.put([makeDocument("late", "zz", { createdAt: START })]);
    const rangeEpoch = await plan(store.ledger, [1, 2, 1]);
    const { epoch } = await claimChunk(store.ledger, chunkOf(0));
    await store.ledger.parkChunk(chunkOf(0), epoch, openOf([0], { unsure: [0], maybe: [0] }));
    const inHand = await claimChunk(store.ledger, chunkOf(1));
    await cancel(store, ID, BY);
    expect(await outcomes()).toEqual([["unknown"], [null, null], ["cancelled"]]);
    expect(await store.ledger.ranges(ID)).toMatchObject([{ state: "stopped", made: 3, unreadAbout: 1 }]);
    expect(await store.ledger.addPage(ROOT, rangeEpoch, makePage([1], { from: "cursor-4" }))).toBe("fenced");
    expect(await stored()).toMatchObject({ phase: "running", owes: [] });
    await store.ledger.settleChunk(chunkOf(1), inHand.epoch, openOf([], { outcomes: { 1: "cancelled" } }));
    await tryFinish(store, ID);
    const books = { resolved: 4, accepted: 1, cancelled: 2, unknown: 1, open: 0, unresolvedAbout: 1 };
    expect(await stored()).toMatchObject({ phase: "cancelled", books });
  });

  test("one that is cut into ranges at that moment stops those, too", async () => {
    await store.broadcasts.create(running);
    const epoch = await plan(store.ledger, []);
    const ledger: Ledger = {
      ...store.ledger,
      async stopRange(...request) {
        await store.ledger.cutRange(ROOT, epoch, ["m"]);
        return store.ledger.stopRange(...request);
      },
    };
    await cancel({ ...store, ledger }, ID, BY);
    const states = (await store.ledger.ranges(ID)).map(({ state }) => state);
    expect(states).toEqual(["closed", "stopped", "stopped"]);
    expect(await stored()).toMatchObject({ phase: "cancelled" });
  });

  test("one whose first range was never made leaves nothing to be made", async () => {
    await store.broadcasts.create({ ...running, owes: ["due"] });
    await cancel(store, ID, BY);
    expect(await store.ledger.ranges(ID)).toMatchObject([{ state: "stopped" }]);
    expect(await store.ledger.openPlanned(ID, makePage([1]))).toBe("exists");
    expect(await stored()).toMatchObject({ phase: "cancelled", books: { resolved: 0 } });
  });

  test("again, or after the end, changes nothing", async () => {
    await store.broadcasts.create(running);
    await plan(store.ledger, [1]);
    await claimChunk(store.ledger, chunkOf(0));
    await cancel(store, ID, { by: "ada" });
    const before = await stored();
    expect(await cancel(store, ID, { by: "bob" })).toEqual({ kind: "unchanged", broadcast: before });
    expect(await pause(store, ID, BY)).toMatchObject({ kind: "unchanged" });
    await hold(store.broadcasts, ID, "payload", "sender", 5);
    expect(await stored()).toEqual(before);
  });
});

test("the audit tells who did what, from where to where", async () => {
  await store.broadcasts.create(running);
  await pause(store, ID, { by: "ada", reason: "typo?" });
  await pause(store, ID, { by: "bob" });
  await hold(store.broadcasts, ID, "payload", "sender", 5);
  await resume(store, ID, "paused", { by: "ada" });
  await plan(store.ledger, [1]);
  await claimChunk(store.ledger, chunkOf(0));
  await cancel(store, ID, { by: "ada" });
  const at = (closed: string[]) => ({ phase: "running", closed });
  expect(await store.broadcasts.audit(ID)).toEqual([
    { what: "submit", by: "test", at: START, before: null, after: at([]) },
    { what: "pause", by: "ada", at: START, reason: "typo?", before: at([]), after: at(["paused"]) },
    {
      what: "hold",
      by: "sender",
      at: 5,
      reason: "payload",
      before: at(["paused"]),
      after: at(["held", "paused"]),
    },
    { what: "resume", by: "ada", at: START, before: at(["held", "paused"]), after: at(["held"]) },
    { what: "cancel", by: "ada", at: START, before: at(["held"]), after: at(["cancelled"]) },
  ]);
});
