import { finishWith } from "@fanfare/shared/testing/finished";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { takeDocument } from "./take-document.ts";

const APP = "ff_user_push_notifications/a1";
const CONSOLE = "ff_push_notifications/c1";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let store: TestStore;
let taking: ReturnType<typeof createTaking>;
beforeEach(() => {
  store = createStore();
  taking = createTaking(store);
});
afterEach(() => store.close());

const later = (fromNowMs: number) => new Date(store.now() + fromNowMs).toISOString();

/** Writes a document that is touched after some time, and takes it then for the first time. */
async function touchAfter(ms: number, path: string, fields: Record<string, unknown>, options = {}) {
  await taking.write(path, fields);
  await store.advance(ms);
  const document = await taking.write(path, { ...fields, note: "touched" });
  return { document, taken: await takeDocument(taking.deps, document, options) };
}

test.each([
  ["that was never answered", FROM_CONSOLE],
  ["that could not be sent either", { ...FROM_CONSOLE, notification_title: "" }],
  ["whose time cannot be read", { ...FROM_CONSOLE, scheduled_time: "soon" }],
])("a document of yesterday %s is not sent, and not written to", async (_, fields) => {
  const { document, taken } = await touchAfter(DAY_MS + 1, CONSOLE, fields);
  expect(taken).toMatchObject({ kind: "left", reason: expect.stringContaining("more than 24 hours ago") });
  expect(await taking.deps.documents.get(CONSOLE)).toEqual(document);
  expect(await taking.broadcasts()).toEqual([]);
  expect(await store.intake.refusals(10)).toMatchObject([{ path: CONSOLE, left: true }]);
});

test("nor is one whose time has passed meanwhile", async () => {
  const { taken } = await touchAfter(DAY_MS + 1, CONSOLE, {
    ...FROM_CONSOLE,
    scheduled_time: later(HOUR_MS),
  });
  expect(taken).toMatchObject({ kind: "left" });
});

test("one that was answered, and whose record is gone, is not sent again", async () => {
  const { taken } = await touchAfter(30 * DAY_MS, APP, { ...FROM_APP, status: "started" });
  expect(taken).toMatchObject({ kind: "left" });
  await store.advance(1);
  expect(await taking.ask(APP, { ...FROM_APP, status: "succeeded" })).toEqual({ kind: "answered" });
});

test("one whose time is still to come is scheduled, and one of today is sent", async () => {
  await touchAfter(DAY_MS + 1, CONSOLE, { ...FROM_CONSOLE, scheduled_time: later(2 * DAY_MS) });
  expect(await taking.theOnly()).toMatchObject({ phase: "scheduled", dueAt: store.now() + DAY_MS - 1 });
  const { taken } = await touchAfter(DAY_MS, APP, FROM_APP);
  expect(taken).toMatchObject({ kind: "sent" });
});

test("one that is scheduled already is moved, however old it is", async () => {
  await taking.ask(CONSOLE, { ...FROM_CONSOLE, scheduled_time: later(3 * DAY_MS) });
  await store.advance(2 * DAY_MS);
  await taking.ask(CONSOLE, FROM_CONSOLE);
  expect((await taking.theOnly()).dueAt).toBe(store.now());
});

test("it is taken on purpose, and sent now where its time has passed", async () => {
  const fields = { ...FROM_CONSOLE, scheduled_time: later(HOUR_MS) };
  const { taken } = await touchAfter(3 * DAY_MS, CONSOLE, fields, { older: true });
  expect(taken).toMatchObject({ kind: "sent", broadcast: { phase: "running", dueAt: store.now() } });
  await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
  expect(await taking.answerIn(CONSOLE)).toEqual({ status: "succeeded", num_sent: 1 });
});

test("nothing is noted of it where documents are only checked", async () => {
  taking = createTaking(store, { mode: "shadow" });
  expect((await touchAfter(DAY_MS + 1, CONSOLE, FROM_CONSOLE)).taken).toMatchObject({ kind: "left" });
  expect(await store.intake.refusals(10)).toEqual([]);
});
