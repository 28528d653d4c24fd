import { cancel, hold, resume } from "@fanfare/shared/broadcasts/gates";
import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { RetryableError } from "@fanfare/shared/errors";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { finishWith } from "../testing/finished.ts";
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

/** The one broadcast there is. */
async function theOnly(): Promise<Broadcast> {
  const all = await taking.broadcasts();
  expect(all).toHaveLength(1);
  return all[0] as Broadcast;
}

describe("a document", () => {
  test("of an app becomes a broadcast to its users, and is answered when that has finished", async () => {
    expect(await taking.ask(APP, FROM_APP)).toMatchObject({ kind: "sent" });
    const broadcast = await theOnly();
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
    const { id } = await theOnly();
    await hold(store.broadcasts, id, "bad payload", "sender", store.now());
    await tryFinish(taking.deps, id);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    await resume(taking.deps, id, "held", { by: "ada" });
    await finishWith(store, id, ["accepted", "accepted", "rejected(UNREGISTERED)"]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "succeeded", num_sent: 2 });
    expect((await theOnly()).owes).not.toContain("answer");
  });

  test("that is cancelled is answered with who did it, and why", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await cancel(taking.deps, (await theOnly()).id, { by: "ada", reason: "wrong day" });
    const error = "cancelled by ada: wrong day";
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "failed", num_sent: 0, error });
  });

  test("is one broadcast, however often its events come", async () => {
    const document = await taking.write(CONSOLE, FROM_CONSOLE);
    const all = await Promise.all([1, 2, 3].map(() => takeDocument(taking.deps, document)));
    expect(all.map(({ kind }) => kind)).toEqual(["sent", "sent", "sent"]);
    await finishWith(store, (await theOnly()).id, ["accepted"]);
    expect(await takeDocument(taking.deps, document)).toEqual({ kind: "answered" });
    await theOnly();
  });

  test("that somebody has answered already is not sent", async () => {
    expect(await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "succeeded" })).toEqual({ kind: "answered" });
    expect(await taking.ask(APP, { ...FROM_APP, status: "failed" })).toEqual({ kind: "answered" });
    expect(await taking.broadcasts()).toEqual([]);
  });

  test("that is written again under its path is another", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await finishWith(store, (await theOnly()).id, ["accepted"]);
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
      { notification_image_url: "http://example.com/a.png" },
      "notification_image_url must be a URL that starts with https://",
    ],
    [{ parameter_data: "chats/42" }, "parameter_data must be a JSON object, as text"],
    [{ user_refs: "posts/1" }, 'user_refs "posts/1" is no document of users'],
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

describe("a scheduled document", () => {
  const scheduled = (fromNowMs: number, fields = {}) => ({
    ...FROM_CONSOLE,
    scheduled_time: later(fromNowMs),
    ...fields,
  });

  test("is kept until its time", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    expect(await theOnly()).toMatchObject({ phase: "scheduled", dueAt: store.now() + HOUR_MS });
  });

  test("is moved when its time is, and changed when its content is", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    await taking.ask(CONSOLE, scheduled(2 * HOUR_MS, { notification_title: "Moved" }));
    const { id, dueAt, content } = await theOnly();
    expect({ dueAt, title: content.title }).toEqual({ dueAt: store.now() + 2 * HOUR_MS, title: "Moved" });
    expect((await store.broadcasts.audit(id)).map(({ what }) => what)).toEqual(["submit", "move"]);
  });

  test("is not moved back by a look that was overtaken", async () => {
    const before = await taking.write(CONSOLE, scheduled(HOUR_MS));
    const stale = { ...taking.deps.documents, get: async () => before };
    await taking.ask(CONSOLE, scheduled(2 * HOUR_MS));
    await takeDocument({ ...taking.deps, documents: stale }, before);
    expect((await theOnly()).dueAt).toBe(store.now() + 2 * HOUR_MS);
  });

  test("is due at once when its time is taken away", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    await taking.ask(CONSOLE, FROM_CONSOLE);
    expect((await theOnly()).dueAt).toBe(store.now());
  });

  test("that becomes faulty is cancelled, and answered with the reason", async () => {
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    await taking.ask(CONSOLE, scheduled(HOUR_MS, { notification_text: "" }));
    expect((await theOnly()).phase).toBe("cancelled");
    expect(await taking.answerIn(CONSOLE)).toMatchObject({
      status: "failed",
      error: "cancelled by flutterflow: notification_text must not be empty",
    });
  });

  test("is cancelled when it is deleted", async () => {
    const document = await taking.write(CONSOLE, scheduled(HOUR_MS));
    await takeDocument(taking.deps, document);
    await taking.deps.documents.remove(CONSOLE);
    expect(await takeDocument(taking.deps, document)).toEqual({ kind: "gone" });
    expect(await theOnly()).toMatchObject({
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
    expect((await theOnly()).phase).toBe("cancelled");
  });

  test("that is under way goes on, whatever its document says", async () => {
    await taking.ask(CONSOLE, FROM_CONSOLE);
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, notification_title: "" });
    expect((await theOnly()).phase).toBe("running");
    await taking.ask(CONSOLE, scheduled(HOUR_MS));
    expect(await theOnly()).toMatchObject({ phase: "running", content: { title: "Hello" } });
  });
});

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
    const { id, audience } = await theOnly();
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

  test("that do not come together are answered after an hour, and nothing is sent", async () => {
    const { giveUpBatches } = await import("./join-batch.ts");
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

  test("are cancelled together when one is deleted, also before all have come", async () => {
    const at = later(2 * HOUR_MS);
    const first = await taking.write(path(0), part(0, { scheduled_time: at }));
    await takeDocument(taking.deps, first);
    await taking.ask(path(1), part(1, { scheduled_time: at }));
    await taking.deps.documents.remove(path(0));
    await takeDocument(taking.deps, first);
    expect(await taking.ask(path(2), part(2, { scheduled_time: at }))).toEqual({ kind: "gone" });
    expect((await theOnly()).phase).toBe("cancelled");
    expect(await taking.answerIn(path(1))).toMatchObject({ status: "failed" });
  });

  test("are moved together", async () => {
    for (const index of [0, 1, 2])
      await taking.ask(path(index), part(index, { scheduled_time: later(HOUR_MS) }));
    const moved = later(3 * HOUR_MS);
    for (const index of [0, 1, 2]) await taking.ask(path(index), part(index, { scheduled_time: moved }));
    expect(await theOnly()).toMatchObject({ phase: "scheduled", dueAt: store.now() + 3 * HOUR_MS });
  });
});

describe("what an app may ask for is bounded", () => {
  test("it notifies so many users at a time", async () => {
    const users = Array.from({ length: 11 }, (_, index) => `users/u${index}`).join(",");
    const reason = "user_refs lists 11 users, and an app may notify 10 at a time";
    expect(await taking.ask(APP, { ...FROM_APP, user_refs: users })).toEqual({ kind: "refused", reason });
    expect(await taking.answerIn(APP)).toEqual({ status: "failed", error: reason });
  });

  test("each of its users asks for so many within an hour, and a redelivery counts once", async () => {
    const ask = (number: number, sender = "users/eve") =>
      taking.ask(`ff_user_push_notifications/n${number}`, { ...FROM_APP, sender });
    for (const number of [1, 2, 3, 4, 5, 5, 1]) expect((await ask(number)).kind).not.toBe("refused");
    expect(await ask(6)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("within an hour"),
    });
    expect((await ask(7, "/users/eve")).kind).toBe("refused");
    expect((await ask(8, "users/bob")).kind).toBe("sent");
    await store.advance(HOUR_MS + 1);
    expect((await ask(9)).kind).toBe("sent");
    expect(await store.intake.refusals(10)).toHaveLength(2);
  });

  test("its sender is a user", async () => {
    expect(await taking.ask(APP, { ...FROM_APP, sender: "posts/1" })).toEqual({
      kind: "refused",
      reason: 'sender "posts/1" is no document of users',
    });
  });

  test("the console is not bounded", async () => {
    const users = Array.from({ length: 11 }, (_, index) => `users/u${index}`).join(",");
    expect((await taking.ask(CONSOLE, { ...FROM_CONSOLE, user_refs: users })).kind).toBe("sent");
  });
});

describe("in shadow mode", () => {
  beforeEach(() => {
    taking = createTaking(store, { mode: "shadow" });
  });

  test("a document is checked and compared, and not answered", async () => {
    const document = await taking.write(CONSOLE, FROM_CONSOLE);
    await takeDocument(taking.deps, document);
    const { id, checkOnly, caller } = await theOnly();
    expect({ checkOnly, caller }).toEqual({ checkOnly: true, caller: "flutterflow-shadow" });
    await finishWith(store, id, ["accepted", "rejected(UNREGISTERED)"]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "succeeded", num_sent: 1 });
    expect(await store.intake.comparisons(10)).toMatchObject([
      {
        path: CONSOLE,
        theirs: { status: "succeeded", numSent: 1 },
        ours: { status: "succeeded", numSent: 1, audience: 2, rejected: { UNREGISTERED: 1 } },
      },
    ]);
    expect((await theOnly()).pruning).toEqual({ state: "done" });
  });

  test("one that was answered before it was looked at is checked as well", async () => {
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "failed", error: "their fault" });
    await tryFinish(taking.deps, (await theOnly()).id);
    expect(await store.intake.comparisons(10)).toMatchObject([
      { theirs: { status: "failed", error: "their fault" } },
    ]);
  });

  test("one that would be refused is compared, and not answered", async () => {
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, notification_title: "" });
    expect(await store.intake.comparisons(10)).toMatchObject([
      { ours: { status: "failed", error: "notification_title must not be empty" } },
    ]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    expect(await store.intake.refusals(10)).toEqual([]);
  });

  test("what was checked is sent once the mode is on", async () => {
    const document = await taking.write(CONSOLE, { ...FROM_CONSOLE, scheduled_time: later(HOUR_MS) });
    await takeDocument(taking.deps, document);
    await takeDocument({ ...taking.deps, mode: "on" }, document);
    const all = await taking.broadcasts();
    expect(all.map(({ caller, checkOnly = false }) => [caller, checkOnly]).toSorted()).toEqual([
      ["flutterflow", false],
      ["flutterflow-shadow", true],
    ]);
  });
});
