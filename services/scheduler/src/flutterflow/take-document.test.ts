import { hold } from "@fanfare/shared/broadcasts/hold";
import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import { rejected } from "@fanfare/shared/domain/outcome";
import { RetryableError } from "@fanfare/shared/errors";
import { cancel } from "@fanfare/shared/operations/cancel";
import { planCorrection } from "@fanfare/shared/operations/correct";
import { resume } from "@fanfare/shared/operations/resume";
import { retry } from "@fanfare/shared/operations/retry";
import { finishWith } from "@fanfare/shared/testing/finished";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";
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

const later = (fromNowMs: number) => new Date(store.now() + fromNowMs).toISOString();

describe("a document", () => {
  test("of an app becomes a broadcast to its users, and is answered when that has finished", async () => {
    expect(await taking.ask(APP, FROM_APP)).toMatchObject({ kind: "sent" });
    const broadcast = await taking.theOnly();
    expect(broadcast).toMatchObject({
      caller: "flutterflow",
      content: {
        title: "Hello",
        text: "World",
        initialPage: "ChatPage",
        parameterData: '{"chat":"chats/42"}',
      },
      audience: { users: ["users/ada", "users/bob"] },
    });
    // Nobody of them has a device: it was over at once.
    expect(broadcast.phase).toBe("succeeded");
    expect(await taking.answerIn(APP)).toEqual({ status: "succeeded", num_sent: 0 });
  });

  test("has no answer as long as it is under way, or held", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    const { id } = await taking.theOnly();
    await hold(store.broadcasts, id, "bad payload", "sender", store.now());
    await tryFinish(taking.deps, id);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    await resume(taking.deps, id, "held", { by: "ada" });
    await finishWith(store, id, ["accepted", "accepted", rejected("UNREGISTERED")]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "succeeded", num_sent: 2 });
    expect((await taking.theOnly()).owes).not.toContain("answer");
  });

  test("that is cancelled is answered with who did it, and why", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await cancel(taking.deps, (await taking.theOnly()).id, { by: "ada", reason: "wrong day" });
    const error = "cancelled by ada: wrong day";
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "failed", num_sent: 0, error });
  });

  test("is one broadcast, however often its events come", async () => {
    const document = await taking.write(CONSOLE, FROM_CONSOLE);
    const all = await Promise.all([1, 2, 3].map(() => takeDocument(taking.deps, document)));
    expect(all.map(({ kind }) => kind)).toEqual(["sent", "sent", "sent"]);
    await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
    expect(await takeDocument(taking.deps, document)).toEqual({ kind: "answered" });
    await taking.theOnly();
  });

  test("that somebody has answered already is not sent", async () => {
    expect(await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "succeeded" })).toEqual({ kind: "answered" });
    expect(await taking.ask(APP, { ...FROM_APP, status: "failed" })).toEqual({ kind: "answered" });
    expect(await taking.broadcasts()).toEqual([]);
  });

  test("that is written again under its path is another", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
    await taking.deps.documents.remove(CONSOLE);
    await store.advance(1_000);
    await taking.ask(CONSOLE, FROM_CONSOLE);
    expect(await taking.broadcasts()).toHaveLength(2);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
  });

  test("that reaches nobody on purpose is answered", async () => {
    expect(await taking.ask(APP, { ...FROM_APP, user_refs: "" })).toEqual({ kind: "nobody" });
    expect(await taking.answerIn(APP)).toEqual({ status: "succeeded", num_sent: 0 });
    expect(await taking.broadcasts()).toEqual([]);
  });
});

describe("a document that cannot be sent is answered with the reason", () => {
  test.each([
    [{ notification_title: "" }, "notification_title must not be empty"],
    [
      { notification_image_url: "ftp://example.com/a.png" },
      "notification_image_url must be a URL that starts with https:// or http://",
    ],
    [{ parameter_data: [1] }, "parameter_data must be a JSON object, as text"],
    [{ user_refs: "[]" }, 'user_refs "[]" is not a reference to a user'],
    [
      { scheduled_time: "2027-02-30T10:00:00Z" },
      "scheduled_time names a day that does not exist: 2027-02-30",
    ],
    [{ user_refs: "posts/1" }, 'user_refs "posts/1" is not a document of users'],
    [{ notification_text: "x".repeat(5_000) }, /^the notification is \d+ bytes as sent/],
    [{ scheduled_time: "2020-01-01T00:00:00Z" }, /^scheduled_time passed more than 24 hours before/],
  ])("%j", async (fields, reason) => {
    const taken = await taking.ask(APP, { ...FROM_APP, ...fields });
    expect(taken).toEqual({
      kind: "refused",
      reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
    });
    expect(await taking.answerIn(APP)).toEqual({
      status: "failed",
      error: (taken as { reason: string }).reason,
    });
    expect(await taking.broadcasts()).toEqual([]);
    expect(await store.intake.refusals(10)).toMatchObject([{ path: APP, sender: "users/eve" }]);
  });

  test("but trouble that passes is no reason", async () => {
    const ensure = () => Promise.reject(new RetryableError("CLOCK_UNAVAILABLE", "try again"));
    const troubled = createTaking(store, { clock: { ...taking.deps.clock, ensure } });
    const asked = troubled.ask(CONSOLE, { ...FROM_CONSOLE, scheduled_time: later(HOUR_MS) });
    await expect(asked).rejects.toThrow("try again");
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
  });
});

/** A person who composes a message is told of these, by every other door. */
const AS_FLUTTERFLOW_SENDS = {
  notification_title: " ",
  notification_text: "\n",
  notification_image_url: "http://example.com/a.png",
  parameter_data: "[1]",
};
const SENT = { title: " ", text: "\n", image: "http://example.com/a.png", parameterData: "[1]" };

describe("what FlutterFlow's functions send is let through", () => {
  test("of an app and of the console", async () => {
    expect(await taking.ask(APP, { ...FROM_APP, ...AS_FLUTTERFLOW_SENDS })).toMatchObject({ kind: "sent" });
    expect((await taking.theOnly()).content).toMatchObject(SENT);
    expect(await taking.ask(CONSOLE, { ...FROM_CONSOLE, ...AS_FLUTTERFLOW_SENDS })).toMatchObject({
      kind: "sent",
    });
  });

  test("in a document that is changed before its time", async () => {
    const scheduled_time = later(HOUR_MS);
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, scheduled_time });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, scheduled_time, ...AS_FLUTTERFLOW_SENDS });
    expect((await taking.theOnly()).content).toMatchObject(SENT);
  });

  test("in a retry; a correction is judged by what it changes, and by its size", async () => {
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, ...AS_FLUTTERFLOW_SENDS });
    const { id } = await taking.theOnly();
    await finishWith(store, id, ["accepted", "expired"]);
    const retried = await retry(taking.deps, id, "ada");
    expect(retried.content).toMatchObject(SENT);
    await finishWith(store, retried.id, ["accepted"]);
    const correcting = (change: object) => planCorrection(taking.deps, id, change, "ada");
    expect((await correcting({ text: "Now" })).broadcast.content).toMatchObject({ ...SENT, text: "Now" });
    expect((await correcting({ ...SENT, text: "Now" })).count).toBe(2);
    await expect(correcting({ title: "  " })).rejects.toThrow("content.title: must not be empty");
    await expect(correcting({ image: "http://a.b/c.png" })).rejects.toThrow("content.image: must be a URL");
    await expect(correcting({ parameterData: "[2]" })).rejects.toThrow("content.parameterData: must be");
    await expect(correcting({ text: "x".repeat(4_096) })).rejects.toThrow(/^content: is \d+ bytes/);
  });
});

describe("a scheduled document", () => {
  const scheduled = (fromNowMs: number, fields = {}) => ({
    ...FROM_CONSOLE,
    scheduled_time: later(fromNowMs),
    ...fields,
  });

  test("is kept until its time", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    expect(await taking.theOnly()).toMatchObject({ phase: "scheduled", dueAt: store.now() + HOUR_MS });
  });

  test("is moved when its time is, and changed when its content is", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    await taking.ask(CONSOLE, scheduled(2 * HOUR_MS, { notification_title: "Moved" }));
    const { id, dueAt, content } = await taking.theOnly();
    expect({ dueAt, title: content.title }).toEqual({ dueAt: store.now() + 2 * HOUR_MS, title: "Moved" });
    expect((await store.broadcasts.audit(id)).map(({ what }) => what)).toEqual(["submit", "move"]);
  });

  test("is not moved back by a look that was overtaken", async () => {
    const before = await taking.write(CONSOLE, scheduled(HOUR_MS));
    const stale = { ...taking.deps.documents, get: async () => before };
    await taking.ask(CONSOLE, scheduled(2 * HOUR_MS));
    await takeDocument({ ...taking.deps, documents: stale }, before);
    expect((await taking.theOnly()).dueAt).toBe(store.now() + 2 * HOUR_MS);
  });

  test("is due at once when its time is taken away", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    await taking.ask(CONSOLE, FROM_CONSOLE);
    expect((await taking.theOnly()).dueAt).toBe(store.now());
  });

  test("that becomes faulty is cancelled, and answered with the reason", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    await taking.ask(CONSOLE, scheduled(HOUR_MS, { notification_text: "" }));
    expect((await taking.theOnly()).phase).toBe("cancelled");
    expect(await taking.answerIn(CONSOLE)).toMatchObject({
      status: "failed",
      error: "cancelled by flutterflow: notification_text must not be empty",
    });
  });

  test("that comes to reach nobody is cancelled", async () => {
    const time = { scheduled_time: later(HOUR_MS) };
    await taking.ask(APP, { ...FROM_APP, ...time });
    await taking.ask(APP, { ...FROM_APP, ...time, user_refs: "" });
    expect((await taking.theOnly()).phase).toBe("cancelled");
    expect(await taking.answerIn(APP)).toMatchObject({
      status: "failed",
      error: "cancelled by flutterflow: user_refs lists nobody any more",
    });
  });

  test("is cancelled when it is deleted", async () => {
    const document = await taking.write(CONSOLE, scheduled(HOUR_MS));
    await takeDocument(taking.deps, document);
    await taking.deps.documents.remove(CONSOLE);
    expect(await takeDocument(taking.deps, document)).toEqual({ kind: "gone" });
    expect(await taking.theOnly()).toMatchObject({
      phase: "cancelled",
      fault: `its document ${CONSOLE} was deleted`,
    });
  });

  test("that is deleted and written again is scheduled as it is now, and once", async () => {
    const first = await taking.write(CONSOLE, scheduled(HOUR_MS));
    await takeDocument(taking.deps, first);
    await taking.deps.documents.remove(CONSOLE);
    await store.advance(1);
    const second = await taking.write(CONSOLE, scheduled(2 * HOUR_MS));
    for (const event of [first, second, first]) await takeDocument(taking.deps, event);
    const live = (await taking.broadcasts()).filter(({ phase }) => phase === "scheduled");
    expect(live).toMatchObject([{ dueAt: store.now() + 2 * HOUR_MS }]);
  });

  test("is not sent when the word of its deletion comes first", async () => {
    const document = await taking.write(CONSOLE, scheduled(HOUR_MS));
    await taking.deps.documents.remove(CONSOLE);
    expect(await takeDocument(taking.deps, document)).toEqual({ kind: "gone" });
    expect(await takeDocument(taking.deps, document)).toEqual({ kind: "gone" });
    expect(await taking.broadcasts()).toEqual([]);
  });

  test("is cancelled when it is deleted while it is taken", async () => {
    const document = await taking.write(CONSOLE, scheduled(HOUR_MS));
    const create: typeof store.broadcasts.create = async (broadcast) => {
      await taking.deps.documents.remove(CONSOLE);
      expect(await takeDocument(taking.deps, document)).toEqual({ kind: "gone" });
      return store.broadcasts.create(broadcast);
    };
    const racing = { ...taking.deps, broadcasts: { ...store.broadcasts, create } };
    expect(await takeDocument(racing, document)).toEqual({ kind: "gone" });
    expect((await taking.theOnly()).phase).toBe("cancelled");
  });

  test("that is under way goes on, whatever its document says", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, notification_title: "" });
    expect((await taking.theOnly()).phase).toBe("running");
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    expect(await taking.theOnly()).toMatchObject({ phase: "running", content: { title: "Hello" } });
  });
});
