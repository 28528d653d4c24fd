import { TerminalError } from "@fanfare/shared/errors";
import { documentEvent, type Told } from "@fanfare/shared/hosting/document-event";
import { createLog } from "@fanfare/shared/hosting/log";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";
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

test("the event of an answer changes nothing, and is noted in shadow mode", async () => {
  const answer = { ...FROM_CONSOLE, status: "succeeded", num_sent: 3 };
  const { createdAt, ...written } = await taking.write(PATH, answer);
  const answered: Told = { kind: "updated", path: PATH, createdAt };
  expect(await tell(answered)).toBe(204);
  expect(await taking.deps.documents.get(PATH)).toEqual({ createdAt, ...written });
  expect(await taking.broadcasts()).toEqual([]);
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

test("a document that a store refuses for good is answered with the reason, and does not come again", async () => {
  const { createdAt } = await taking.write(PATH, FROM_CONSOLE);
  const refused = new TerminalError("FIRESTORE_REFUSED", "Firestore cannot take this");
  const broken = { ...store.broadcasts, create: () => Promise.reject(refused) };
  const told: Told = { kind: "created", path: PATH, createdAt };
  expect(await tell(told, { ...taking.deps, broadcasts: broken })).toBe(204);
  const answer = { status: "failed", error: "Firestore cannot take this" };
  expect(await taking.answerIn(PATH)).toMatchObject(answer);
});

test("one whose answer cannot be written either is logged, and does not come again", async () => {
  const { createdAt } = await taking.write(PATH, { ...FROM_CONSOLE, notification_title: "" });
  const lines: { severity: string; document: string }[] = [];
  const log = createLog("test", "error", { write: (line) => void lines.push(JSON.parse(line)) });
  const answer = () => Promise.reject(new TerminalError("FIRESTORE_REFUSED", "too large"));
  const documents = { ...taking.deps.documents, answer };
  expect(await tell({ kind: "created", path: PATH, createdAt }, { ...taking.deps, documents, log })).toBe(
    204,
  );
  expect(lines).toMatchObject([{ severity: "ERROR", document: PATH }]);
});

test("half of a surrogate pair in a title is answered by the field's name", async () => {
  const { createdAt } = await taking.write(PATH, { ...FROM_CONSOLE, notification_title: "Hello\ud83d" });
  expect(await tell({ kind: "created", path: PATH, createdAt })).toBe(204);
  expect(await taking.answerIn(PATH)).toMatchObject({
    status: "failed",
    error: "notification_title is not valid Unicode: half of a surrogate pair at character 6",
  });
});

test("a reason that quotes what was written stays small enough to be an answer", async () => {
  const sender = `users/${"\u0001".repeat(300_000)}`;
  const path = "ff_user_push_notifications/one";
  const { createdAt } = await taking.write(path, { ...FROM_APP, sender });
  expect(await tell({ kind: "created", path, createdAt })).toBe(204);
  const { error } = await taking.answerIn(path);
  expect(String(error)).toMatch(/^sender "users\/.{1,2000}…$/);
});

test("a document is sent whose path is cut within a character, or has a control character", async () => {
  for (const path of [`ff_push_notifications/${"x".repeat(127)}👋`, "ff_push_notifications/a\u0007b"]) {
    const { createdAt } = await taking.write(path, FROM_CONSOLE);
    await tell({ kind: "created", path, createdAt });
  }
  expect(await taking.broadcasts()).toHaveLength(2);
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
