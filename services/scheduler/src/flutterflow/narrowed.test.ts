import { pause } from "@fanfare/shared/operations/pause";
import { resume } from "@fanfare/shared/operations/resume";
import { finishWith } from "@fanfare/shared/testing/finished";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { tick } from "../tick.ts";

const APP = "ff_user_push_notifications/a1";
const CONSOLE = "ff_push_notifications/c1";
const HOUR_MS = 3_600_000;
const NARROWED = { ...FROM_CONSOLE, target_user_group: "Admins" };

let store: TestStore;
let taking: ReturnType<typeof createTaking>;
beforeEach(() => {
  store = createStore();
  taking = createTaking(store);
});
afterEach(() => store.close());

const tickNow = () => tick({ ...store, ...taking.deps, stuckMs: HOUR_MS });
const later = () => ({ scheduled_time: new Date(store.now() + HOUR_MS).toISOString() });

describe("a document to everybody with a field that may narrow its audience", () => {
  test.each(["All", "iOS", "Android"])(
    "to %s is stored paused, with the reason, and not sent",
    async (target) => {
      expect(await taking.ask(CONSOLE, { ...NARROWED, target_audience: target })).toMatchObject({
        kind: "sent",
      });
      await tickNow();
      const { phase, gates } = await taking.theOnly();
      expect({ phase, by: gates.paused?.by }).toEqual({ phase: "scheduled", by: "flutterflow" });
      expect(gates.paused?.reason).toMatch(
        /^its document has target_user_group \("Admins"\), which may narrow/,
      );
      expect(await taking.answerIn(CONSOLE)).toEqual({ status: "started", num_sent: 0 });
    },
  );

  test("is sent and answered once a person resumes it", async () => {
    await taking.ask(CONSOLE, NARROWED);
    await resume(taking.deps, (await taking.theOnly()).id, "paused", { by: "ada" });
    await tickNow();
    await finishWith(store, (await taking.theOnly()).id, ["accepted"]);
    expect(await taking.answerIn(CONSOLE)).toEqual({ status: "succeeded", num_sent: 1 });
  });

  test("is not paused again by other changes once it was resumed, but by another field", async () => {
    await taking.ask(CONSOLE, { ...NARROWED, ...later() });
    const { id } = await taking.theOnly();
    await resume(taking.deps, id, "paused", { by: "ada" });
    await taking.ask(CONSOLE, { ...NARROWED, ...later(), notification_title: "Changed" });
    expect((await taking.theOnly()).gates.paused).toBeUndefined();
    await taking.ask(CONSOLE, { ...NARROWED, ...later(), city: "Rome" });
    expect((await taking.theOnly()).gates.paused?.reason).toMatch(
      /^its document has city \("Rome"\), target_user_group/,
    );
    await resume(taking.deps, id, "paused", { by: "ada" });
    await taking.ask(CONSOLE, { ...NARROWED, ...later(), city: "Rome", notification_title: "Again" });
    expect((await taking.theOnly()).gates.paused).toBeUndefined();
  });

  test("goes on when the field is taken away, but not what a person has paused", async () => {
    await taking.ask(CONSOLE, { ...NARROWED, ...later() });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, ...later() });
    expect((await taking.theOnly()).gates.paused).toBeUndefined();
    await taking.ask(CONSOLE, { ...NARROWED, ...later() });
    const { id } = await taking.theOnly();
    await resume(taking.deps, id, "paused", { by: "ada" });
    await pause(taking.deps, id, { by: "ada" });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, ...later() });
    expect((await taking.theOnly()).gates.paused?.by).toBe("ada");
  });

  test("is paused although its document was kept back before", async () => {
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, ...later() });
    await taking.ask(CONSOLE, { ...FROM_CONSOLE, ...later(), status: "draft" });
    await taking.ask(CONSOLE, { ...NARROWED, ...later() });
    expect(await taking.theOnly()).toMatchObject({
      phase: "scheduled",
      gates: { paused: { by: "flutterflow" } },
    });
  });

  test("is sent at once where a setting says that the field does not matter", async () => {
    taking = createTaking(store, { ignoredFields: new Set(["target_user_group"]) });
    await taking.ask(CONSOLE, NARROWED);
    expect((await taking.theOnly()).phase).toBe("running");
  });

  test("is only compared in shadow mode, with the field named", async () => {
    taking = createTaking(store, { mode: "shadow" });
    await taking.ask(CONSOLE, { ...NARROWED, campaign: "x" });
    expect((await taking.theOnly()).phase).toBe("running");
    expect(await store.intake.comparisons(10)).toMatchObject([
      { ignored: ["campaign", "target_user_group"] },
    ]);
  });

  test("in batches pauses the broadcast of all; another's value makes it another batch", async () => {
    const part = (index: number, fields = {}) =>
      taking.ask(`ff_push_notifications/b${index}`, {
        ...NARROWED,
        batch_index: index,
        num_batches: 2,
        ...fields,
      });
    await part(0);
    expect(await part(1, { target_user_group: "Members" })).toEqual({ kind: "waiting" });
    await taking.ask("ff_push_notifications/b3", { ...NARROWED, batch_index: 1, num_batches: 2 });
    expect((await taking.theOnly()).gates.paused?.by).toBe("flutterflow");
  });
});

test("trouble with noting a field does not keep its document from being sent", async () => {
  const noteFields = () => Promise.reject(new Error("contended"));
  taking = createTaking(store, { intake: { ...store.intake, noteFields } });
  expect(await taking.ask(CONSOLE, { ...FROM_CONSOLE, campaign: "Autumn" })).toMatchObject({ kind: "sent" });
});

test("listed users are reached whatever such a field says, and other unknown fields change nothing", async () => {
  await taking.ask(APP, { ...FROM_APP, target_city: "Rome" });
  await taking.ask(CONSOLE, { ...FROM_CONSOLE, campaign: "Autumn", target_city: "" });
  const gates = (await taking.broadcasts()).map((one) => one.gates);
  expect(gates).toEqual([{}, {}]);
  const fields = await store.intake.fields();
  expect(fields.map(({ name, path }) => [name, path])).toEqual([
    ["campaign", CONSOLE],
    ["target_city", APP],
  ]);
});
