import { cancel } from "@fanfare/shared/operations/cancel";
import { finishWith } from "@fanfare/shared/testing/finished";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { tick } from "../tick.ts";
import { takeDocument } from "./take-document.ts";

const APP = "ff_user_push_notifications/a1";
const CONSOLE = "ff_push_notifications/c1";
const HOUR_MS = 3_600_000;

let store: TestStore;
let taking: ReturnType<typeof createTaking>;
beforeEach(() => {
  store = createStore();
  taking = createTaking(store);
});
afterEach(() => store.close());

const scheduled = (fields = {}) => ({
  ...FROM_CONSOLE,
  scheduled_time: new Date(store.now() + HOUR_MS).toISOString(),
  ...fields,
});
const tickNow = () => tick({ ...store, ...taking.deps, stuckMs: HOUR_MS });

describe("the status of a document says whether it asks to be sent", () => {
  test.each(["cancelled", "draft", "Started", "sent", "pending", "unread", 5])(
    "%j is left alone, and never written to",
    async (status) => {
      for (const [path, fields] of [
        [CONSOLE, FROM_CONSOLE],
        [APP, FROM_APP],
      ] as const) {
        const document = await taking.write(path, { ...fields, status, notification_title: "" });
        const reason = `it has the status ${JSON.stringify(status)}`;
        expect(await takeDocument(taking.deps, document)).toEqual({ kind: "left", reason });
        expect(await taking.deps.documents.get(path)).toEqual(document);
      }
      expect(await taking.broadcasts()).toEqual([]);
      expect(await store.intake.refusals(10)).toEqual([]);
    },
  );

  test.each([undefined, null, "", "started"])("%j is sent", async (status) => {
    expect(await taking.ask(APP, { ...FROM_APP, status })).toMatchObject({ kind: "sent" });
    expect(await taking.answerIn(APP)).toEqual({ status: "succeeded", num_sent: 0 });
  });

  test("others are sent by a setting, and answered", async () => {
    taking = createTaking(store, { openStatuses: new Set(["pending"]) });
    await taking.ask(APP, { ...FROM_APP, status: "pending" });
    expect(await taking.answerIn(APP)).toEqual({ status: "succeeded", num_sent: 0 });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "pending", notification_title: "" });
    expect(await taking.answerIn(CONSOLE)).toMatchObject({ status: "failed" });
  });
});

describe("a status that is changed before the release", () => {
  test.each(["cancelled", "draft", "failed", "succeeded"])("to %s ends what is scheduled", async (status) => {
    await taking.ask(CONSOLE, scheduled());
    expect(await taking.ask(CONSOLE, scheduled({ status }))).toMatchObject({ kind: "left" });
    const fault = `its document ${CONSOLE} has the status "${status}"`;
    expect(await taking.theOnly()).toMatchObject({ phase: "cancelled", fault, owes: [] });
    expect(await taking.answerIn(CONSOLE)).toEqual({ status, num_sent: 0 });
  });

  test("and back again schedules it again", async () => {
    await taking.ask(CONSOLE, scheduled());
    await taking.ask(CONSOLE, scheduled({ status: "draft" }));
    await taking.ask(CONSOLE, scheduled({ notification_title: "Again" }));
    expect(await taking.theOnly()).toMatchObject({ phase: "scheduled", content: { title: "Again" } });
    await store.advance(HOUR_MS);
    await tickNow();
    await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "succeeded", num_sent: 1 });
  });

  test.each(["draft", "cancelled"])("to %s holds, although its event never came", async (status) => {
    await taking.ask(CONSOLE, scheduled());
    await taking.write(CONSOLE, scheduled({ status }));
    await store.advance(HOUR_MS);
    expect(await tickNow()).toMatchObject({ released: 0 });
    expect((await taking.theOnly()).phase).toBe("cancelled");
    expect(await taking.answerIn(CONSOLE)).toMatchObject({ status });
  });

  test("one that is open by a setting is released by a process that does not have it", async () => {
    const open = createTaking(store, { openStatuses: new Set(["pending"]) });
    await open.ask(CONSOLE, scheduled({ status: "pending" }));
    await store.advance(HOUR_MS);
    expect(await tickNow()).toMatchObject({ released: 1 });
    await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "succeeded", num_sent: 1 });
  });

  test("a deletion holds as well, although its event never came", async () => {
    await taking.ask(CONSOLE, scheduled());
    await taking.deps.documents.remove(CONSOLE);
    await store.advance(HOUR_MS);
    expect(await tickNow()).toMatchObject({ released: 0 });
    expect((await taking.theOnly()).phase).toBe("cancelled");
  });

  test("and one that is written again under its path is another", async () => {
    await taking.ask(CONSOLE, scheduled());
    await taking.deps.documents.remove(CONSOLE);
    await store.advance(HOUR_MS);
    await taking.write(CONSOLE, FROM_CONSOLE);
    expect(await tickNow()).toMatchObject({ released: 0 });
    expect((await taking.theOnly()).phase).toBe("cancelled");
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
  });

  test("a look that was overtaken ends nothing", async () => {
    await taking.ask(CONSOLE, scheduled());
    const closed = await taking.write(CONSOLE, scheduled({ status: "draft" }));
    const stale = { ...taking.deps.documents, get: async () => closed };
    await taking.ask(CONSOLE, scheduled({ notification_title: "Again" }));
    await takeDocument({ ...taking.deps, documents: stale }, closed);
    expect(await taking.theOnly()).toMatchObject({ phase: "scheduled", content: { title: "Again" } });
  });
});

describe("a status that is changed after the release", () => {
  test.each(["cancelled", "canceled"])("to %s stops the rest, and stays", async (status) => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status });
    const { phase, gates, owes } = await taking.theOnly();
    expect({ phase, by: gates.cancelled?.by, owes }).toEqual({
      phase: "cancelled",
      by: "flutterflow",
      owes: [],
    });
    expect(await taking.answerIn(CONSOLE)).toEqual({ status, num_sent: 0 });
  });

  test.each(["read", "draft", "Cancelled", "failed"])("to %s stops nothing, and stays", async (status) => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status });
    const { id, gates } = await taking.theOnly();
    expect(gates).toEqual({});
    await finishWith(store, id, ["accepted"]);
    expect(await taking.theOnly()).toMatchObject({ phase: "succeeded", owes: [] });
    expect(await taking.answerIn(CONSOLE)).toEqual({ status, num_sent: 0 });
  });

  test("to another that is open is not written over either", async () => {
    taking = createTaking(store, { openStatuses: new Set(["pending", "waiting"]) });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "pending" });
    await taking.write(CONSOLE, { ...FROM_CONSOLE, status: "waiting" });
    await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "waiting", num_sent: 0 });
  });

  test("has nothing left to stop once all is sent", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "cancelled" });
    expect((await taking.theOnly()).phase).toBe("succeeded");
  });
});

describe("in a batch", () => {
  const path = (index: number) => `ff_push_notifications/b${index}`;
  const part = (index: number, fields = {}) => ({
    ...scheduled(),
    batch_index: index,
    num_batches: 2,
    ...fields,
  });

  test("one that is kept back ends the broadcast of all, and the others are told", async () => {
    for (const index of [0, 1]) await taking.ask(path(index), part(index));
    await taking.ask(path(1), part(1, { status: "draft" }));
    expect((await taking.theOnly()).phase).toBe("cancelled");
    const error = `cancelled by flutterflow: its document ${path(1)} has the status "draft"`;
    expect(await taking.answerIn(path(0))).toEqual({ status: "failed", num_sent: 0, error });
    expect(await taking.answerIn(path(1))).toEqual({ status: "draft", num_sent: 0 });
  });

  test("one that was kept back while it waited keeps all of it from being sent", async () => {
    await taking.ask(path(0), part(0, { scheduled_time: null }));
    await taking.ask(path(0), part(0, { scheduled_time: null, status: "cancelled" }));
    const reason = `its document ${path(0)} has the status "cancelled"`;
    expect(await taking.ask(path(1), part(1, { scheduled_time: null }))).toEqual({ kind: "refused", reason });
    expect(await taking.broadcasts()).toEqual([]);
    expect(await taking.answerIn(path(0))).toEqual({ status: "cancelled", num_sent: 0 });
    expect(await taking.answerIn(path(1))).toEqual({ status: "failed", num_sent: 0, error: reason });
  });

  test("each is answered over the status that it had", async () => {
    taking = createTaking(store, { openStatuses: new Set(["pending"]) });
    await cancelAll(["pending", "started"]);
    for (const index of [0, 1])
      expect(await taking.answerIn(path(index))).toMatchObject({ status: "failed" });
  });

  async function cancelAll(statuses: readonly string[]) {
    for (const [index, status] of statuses.entries()) await taking.ask(path(index), part(index, { status }));
    await cancel(taking.deps, (await taking.theOnly()).id, { by: "ada" });
  }
});
