import { documentEvent, type Told } from "@fanfare/shared/runtime/document-event";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTaking, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { handleDocumentEvent } from "./document-function.ts";

const PATH = "ff_push_notifications/one";

let store: TestStore;
let taking: ReturnType<typeof createTaking>;
beforeEach(() => {
  store = createStore();
  taking = createTaking(store);
});
afterEach(() => store.close());

const tell = (told: Told, deps = taking.deps) => {
  const { headers, body } = documentEvent(told);
  return handleDocumentEvent(deps, { headers, rawBody: body });
};

test.each(["created", "updated", "written"] as const)("a document that was %s is taken", async (kind) => {
  const { createdAt } = await taking.write(PATH, FROM_CONSOLE);
  expect(await tell({ kind, path: PATH, createdAt })).toBe(204);
  expect(await taking.broadcasts()).toHaveLength(1);
});

test("one that was deleted ends its broadcast", async () => {
  const { createdAt } = await taking.write(PATH, FROM_CONSOLE);
  await tell({ kind: "created", path: PATH, createdAt });
  await taking.deps.documents.remove(PATH);
  expect(await tell({ kind: "deleted", path: PATH, createdAt })).toBe(204);
  const [broadcast] = await taking.broadcasts();
  expect(broadcast?.gates.cancelled?.by).toBe("flutterflow");
});

test("the event of an answer is nothing to look at, but in shadow mode", async () => {
  const { createdAt } = await taking.write(PATH, { ...FROM_CONSOLE, status: "succeeded", num_sent: 3 });
  const answered: Told = { kind: "updated", path: PATH, createdAt, changed: ["status", "num_sent"] };
  const unread = { ...taking.deps.documents, get: () => Promise.reject(new Error("it is not read")) };
  expect(await tell(answered, { ...taking.deps, documents: unread })).toBe(204);
  expect(await tell(answered, { ...taking.deps, mode: "shadow" })).toBe(204);
  expect(await store.intake.comparisons(10)).toMatchObject([{ theirs: { status: "succeeded", numSent: 3 } }]);
});

test("trouble is to come again", async () => {
  const { createdAt } = await taking.write(PATH, FROM_CONSOLE);
  const broken = { ...store.broadcasts, create: () => Promise.reject(new Error("unavailable")) };
  const told: Told = { kind: "created", path: PATH, createdAt };
  expect(await tell(told, { ...taking.deps, broadcasts: broken })).toBe(503);
  expect(await taking.answerIn(PATH)).toEqual({ status: "started", num_sent: 0 });
  expect(await tell(told)).toBe(204);
});

test.each(["posts/one", "users/ada", "ff_push_notifications/one/below/two"])(
  "a document of others is refused: %s",
  async (path) => {
    expect(await tell({ kind: "created", path, createdAt: 1_000_000 })).toBe(400);
  },
);

test("what is no event is refused", async () => {
  expect(await handleDocumentEvent(taking.deps, { headers: {} })).toBe(400);
});
