import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTaking, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { handBack } from "./hand-back.ts";
import { takeDocument } from "./take-document.ts";

const HOUR_MS = 3_600_000;
const LATER = "ff_push_notifications/later";

let store: TestStore;
let taking: ReturnType<typeof createTaking>;
beforeEach(() => {
  store = createStore();
  taking = createTaking(store);
});
afterEach(() => store.close());

const scheduled = () => ({
  ...FROM_CONSOLE,
  scheduled_time: new Date(store.now() + HOUR_MS).toISOString(),
});

test("what is scheduled ends without an answer, and what is under way goes on", async () => {
  await taking.ask(LATER, scheduled());
  await taking.ask("ff_push_notifications/now", FROM_CONSOLE);
  expect(await handBack(taking.deps, "ada")).toBe(1);
  expect(await handBack(taking.deps, "ada")).toBe(0);
  const phases = (await taking.broadcasts()).map(({ phase }) => phase);
  expect(phases.toSorted()).toEqual(["cancelled", "running"]);
  expect(await taking.answerIn(LATER)).toEqual({ status: "started", num_sent: 0 });
});

test("it can be taken again, as it is by then, and is sent once", async () => {
  const document = await taking.write(LATER, scheduled());
  await takeDocument(taking.deps, document);
  await handBack(taking.deps, "ada");
  const all = await Promise.all([1, 2].map(() => takeDocument(taking.deps, document)));
  expect(all.map(({ kind }) => kind)).toEqual(["sent", "sent"]);
  const broadcasts = await taking.broadcasts();
  expect(broadcasts).toMatchObject([{ phase: "scheduled", gates: {}, dueAt: store.now() + HOUR_MS }]);
  expect(broadcasts[0]?.documents).toEqual([{ path: LATER, createdAt: document.createdAt }]);
  const acts = await store.broadcasts.audit(broadcasts[0]?.id ?? "");
  expect(acts.map(({ what }) => what)).toEqual(["submit", "cancel", "move"]);
});

test("one that became faulty since is answered", async () => {
  await taking.ask(LATER, scheduled());
  await handBack(taking.deps, "ada");
  await taking.ask(LATER, { ...scheduled(), notification_title: "" });
  expect(await taking.answerIn(LATER)).toMatchObject({
    status: "failed",
    error: "notification_title must not be empty",
  });
});

test("broadcasts that no document asked for are left alone", async () => {
  await taking.ask(LATER, scheduled());
  const [broadcast] = await taking.broadcasts();
  if (!broadcast) throw new Error("it is scheduled");
  const other = { ...broadcast, id: `${broadcast.id.slice(0, -1)}0`, caller: "shop", documents: undefined };
  await store.broadcasts.create(other);
  expect(await handBack(taking.deps, "ada")).toBe(1);
  expect((await store.broadcasts.get(other.id))?.phase).toBe("scheduled");
});
