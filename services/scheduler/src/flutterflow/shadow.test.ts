import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import { rejected } from "@fanfare/shared/domain/outcome";
import { finishWith } from "@fanfare/shared/testing/finished";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { tick } from "../tick.ts";
import { takeDocument } from "./take-document.ts";

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

describe("in shadow mode", () => {
  beforeEach(() => {
    taking = createTaking(store, { mode: "shadow" });
  });

  test("a document is checked and compared, and not answered", async () => {
    const document = await taking.write(CONSOLE, FROM_CONSOLE);
    await takeDocument(taking.deps, document);
    const { id, checkOnly, caller } = await taking.theOnly();
    expect({ checkOnly, caller }).toEqual({ checkOnly: true, caller: "flutterflow-shadow" });
    await finishWith(store, id, ["accepted", rejected("UNREGISTERED")]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "succeeded", num_sent: 1 });
    expect(await store.intake.comparisons(10)).toMatchObject([
      {
        path: CONSOLE,
        theirs: { status: "succeeded", numSent: 1 },
        ours: { status: "succeeded", numSent: 1, audience: 2, rejected: { UNREGISTERED: 1 } },
      },
    ]);
    expect((await taking.theOnly()).pruning).toEqual({ state: "done" });
  });

  test("one that was answered before it was looked at is checked as well", async () => {
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, status: "failed", error: "their fault" });
    await tryFinish(taking.deps, (await taking.theOnly()).id);
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

  test("one that becomes faulty while it is scheduled is not checked any more", async () => {
    const at = later(HOUR_MS);
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, scheduled_time: at });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, scheduled_time: at, notification_text: "" });
    expect((await taking.theOnly()).phase).toBe("cancelled");
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    const error = "cancelled by flutterflow: notification_text must not be empty";
    expect(await store.intake.comparisons(10)).toMatchObject([{ ours: { status: "failed", error } }]);
  });

  test("one that was answered before its time is checked at it, by whatever scheduler releases it", async () => {
    const fields = { ...FROM_CONSOLE, scheduled_time: later(HOUR_MS) };
    await taking.ask(CONSOLE, fields);
    await taking.write(CONSOLE, { ...fields, status: "succeeded", num_sent: 1 });
    await store.advance(HOUR_MS);
    await tick({ ...store, ...taking.deps, mode: "on", stuckMs: HOUR_MS });
    expect((await taking.theOnly()).phase).toBe("running");
  });

  test("what is only checked leaves its sender all that they may ask for", async () => {
    const limits = { ...taking.deps.limits, perHour: 1 };
    const path = "ff_user_push_notifications/a1";
    const document = await taking.write(path, { ...FROM_APP, user_refs: "users/ada" });
    expect(await takeDocument({ ...taking.deps, limits }, document)).toMatchObject({ kind: "sent" });
    const other = await taking.write(`${path}1`, FROM_APP);
    expect(await takeDocument({ ...taking.deps, limits }, other)).toMatchObject({ kind: "refused" });
    expect(await takeDocument({ ...taking.deps, limits, mode: "on" }, other)).toMatchObject({ kind: "sent" });
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
