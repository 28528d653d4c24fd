import { fanfare } from "@fanfare/cli/testing/fanfare";
import { type DocumentData, Timestamp } from "@google-cloud/firestore";
import { afterEach, expect, test } from "vitest";
import { tellADayLater } from "./a-day-later.ts";
import type { App, Asked } from "./app.ts";
import { DEVICES } from "./devices.ts";

const { adaAndroid, adaIphone, bobAndroid, eveIphone } = DEVICES;
const CONTENT = { notification_title: "Hello", notification_text: "World" };
const TO_BOB = { ...CONTENT, user_refs: "users/bob" };
const HOUR_MS = 3_600_000;

/** What the settings of the app say beside the limits: a bot, and a status of its own. */
export const ASKING = {
  FANFARE_OPEN_STATUSES: "scheduled, pending",
  FANFARE_APP_SENDERS: "users/bot=4",
  FANFARE_APP_SERVERS_PER_HOUR: "2",
};

/** Which documents ask to be sent, as the functions that FlutterFlow generates see it. */
export function describeAsking(appOf: () => App): void {
  let number = 0;
  const pathOf = (collection = "ff_push_notifications") => `${collection}/asking${number}`;
  const ask = (fields: DocumentData, collection?: string) => {
    number += 1;
    return appOf().ask(pathOf(collection), fields);
  };
  const askAsApp = (fields: DocumentData) =>
    ask({ ...TO_BOB, initial_page_name: "", parameter_data: "{}", ...fields }, "ff_user_push_notifications");
  const fieldsOf = async (path = pathOf()) => (await appOf().firestore.doc(path).get()).data();
  const broadcastOf = ({ broadcastId }: Asked) => appOf().installation.store.broadcasts.get(broadcastId);
  const run = (...args: string[]) => fanfare([...args, "--project", appOf().installation.project]);
  const later = (ms: number) => Timestamp.fromMillis(Date.now() + ms);
  const user = (uid: string) => appOf().firestore.doc(`users/${uid}`);

  afterEach(() => {
    appOf().installation.simulator.control.setFaults({ error500: 0 });
  });

  /** A broadcast that is under way until `goOn`. */
  async function askHalfWay() {
    const { control } = appOf().installation.simulator;
    control.setFaults({ error500: 1, maxFaultyAttempts: 1_000 });
    const asked = await ask({ ...CONTENT, user_refs: "users/ada,users/bob,users/eve" });
    await expect
      .poll(() => [...control.log(asked.broadcastId)].length, { timeout: 30_000 })
      .toBeGreaterThan(0);
    return { asked, goOn: () => control.setFaults({ error500: 0 }) };
  }

  test.each(["cancelled", "draft", "Started", "sent", "unread", "succeeded", "failed"])(
    "rule 1: a document whose status is %s is neither sent nor written to",
    async (status) => {
      const asked = await ask({ ...TO_BOB, status, num_sent: 7 });
      expect(await broadcastOf(asked)).toBeNull();
      expect(await fieldsOf()).toEqual({ ...TO_BOB, status, num_sent: 7 });
    },
  );

  test.each([[null], [""], ["started"], ["pending"]])(
    "rule 1: one whose status is %j is sent",
    async (status) => {
      const asked = await ask({ ...TO_BOB, status });
      expect(await asked.reached()).toEqual([bobAndroid]);
      expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 1 });
    },
  );

  test("rule 1: a scheduled one whose status changes before its time is not sent, and can be scheduled again", async () => {
    const asked = await ask({ ...TO_BOB, status: "started", scheduled_time: later(HOUR_MS) });
    await appOf().change(pathOf(), { status: "draft" });
    expect(await broadcastOf(asked)).toMatchObject({ phase: "cancelled", releasedAt: null });
    expect(await fieldsOf()).toMatchObject({ status: "draft" });
    await appOf().change(pathOf(), { status: "started", scheduled_time: later(0) });
    expect(await asked.reached()).toEqual([bobAndroid]);
  });

  test("rule 1: nor is one whose event has not come by its time", async () => {
    const asked = await ask({ ...TO_BOB, scheduled_time: later(3_000) });
    await appOf().firestore.doc(pathOf()).update({ status: "cancelled" });
    await appOf().installation.finished(asked.broadcastId);
    expect(await broadcastOf(asked)).toMatchObject({ phase: "cancelled", releasedAt: null });
    expect(await fieldsOf()).toMatchObject({ status: "cancelled" });
  });

  test("rule 1: while it is sent, a status of the app's own stops nothing, and is not written over", async () => {
    const { asked, goOn } = await askHalfWay();
    await appOf().change(pathOf(), { status: "read" });
    goOn();
    const { phase, books } = await appOf().installation.finished(asked.broadcastId);
    expect({ phase, accepted: books?.accepted }).toEqual({ phase: "succeeded", accepted: 4 });
    expect(await fieldsOf()).toMatchObject({ status: "read" });
    expect(await fieldsOf()).not.toHaveProperty("num_sent");
  });

  test.each(["cancelled", "canceled"])("rule 1: while it is sent, %s stops the rest", async (status) => {
    const { asked, goOn } = await askHalfWay();
    await appOf().change(pathOf(), { status });
    goOn();
    const { phase, books } = await appOf().installation.finished(asked.broadcastId);
    expect({ phase, accepted: books?.accepted }).toEqual({ phase: "cancelled", accepted: 0 });
    expect(await fieldsOf()).toMatchObject({ status });
  });

  test("rule 1: a change of the answer's fields that we have not written is looked at", async () => {
    const asked = await ask({ ...TO_BOB, scheduled_time: later(HOUR_MS) });
    await appOf().change(pathOf(), { status: "succeeded", num_sent: 12 });
    expect(await broadcastOf(asked)).toMatchObject({ phase: "cancelled", releasedAt: null });
    expect(await fieldsOf()).toMatchObject({ status: "succeeded", num_sent: 12 });
  });

  test("rule 2: a document of yesterday that is touched is not sent, and doctor counts it", async () => {
    number += 1;
    await appOf().firestore.doc(pathOf()).create(TO_BOB);
    await tellADayLater(appOf(), pathOf());
    expect(await fieldsOf()).toEqual(TO_BOB);
    const { broadcasts, intake } = appOf().installation.store;
    expect(
      (await broadcasts.list(undefined, 1_000)).filter(({ documents }) => documents?.[0]?.path === pathOf()),
    ).toEqual([]);
    expect(await intake.refusals(100)).toContainEqual(
      expect.objectContaining({ path: pathOf(), left: true }),
    );
    expect(await appOf().examine()).toMatch(/documents: 1 .*fanfare ff catch-up/);
  });

  test("rule 2: one whose time is still to come is scheduled, however old it is", async () => {
    number += 1;
    await appOf()
      .firestore.doc(pathOf())
      .create({ ...TO_BOB, scheduled_time: later(48 * HOUR_MS) });
    await tellADayLater(appOf(), pathOf());
    const scheduled = await appOf().installation.store.broadcasts.list("scheduled", 1_000);
    expect(scheduled.map(({ documents }) => documents?.[0]?.path)).toContain(pathOf());
  });

  test("rule 3: what an app keeps in the same collection without user_refs is never written to", async () => {
    const entry = {
      ...CONTENT,
      user_ref: user("bob"),
      is_read: false,
      sender: user("ada"),
      target_audience: "All",
    };
    const asked = await ask(entry, "ff_user_push_notifications");
    await appOf().change(pathOf("ff_user_push_notifications"), { is_read: true, status: "started" });
    expect(await broadcastOf(asked)).toBeNull();
    const fields = await fieldsOf(pathOf("ff_user_push_notifications"));
    expect(Object.keys(fields ?? {}).toSorted()).toEqual(Object.keys({ ...entry, status: "" }).toSorted());
    expect(fields).toMatchObject({ is_read: true, status: "started" });
  });

  test("rule 4: documents without a sender share one allowance, which doctor names; a bot has its own", async () => {
    const sent = { status: "succeeded", num_sent: 1 };
    const askAll = async (count: number, fields: DocumentData) => {
      const asked = await Promise.all(Array.from({ length: count }, () => askAsApp(fields)));
      return Promise.all(asked.map((one) => one.answer()));
    };
    expect(await askAll(2, {})).toEqual([sent, sent]);
    const error =
      "documents without a sender have asked for 2 notifications within an hour, the most that they may together";
    expect(await askAll(1, { sender: null })).toEqual([{ status: "failed", error }]);
    expect(await askAll(4, { sender: user("bot") })).toEqual([sent, sent, sent, sent]);
    expect(await askAll(1, { sender: user("bot") })).toMatchObject([{ status: "failed" }]);
    expect(await appOf().examine()).toMatch(
      /2 admitted, 1 refused .*request\.resource\.data\.sender == callersDocument\(\)/,
    );
  });

  test("rule 6: a document to all with a field that may narrow it is paused until a person resumes it", async () => {
    const asked = await ask({
      ...CONTENT,
      target_audience: "iOS",
      target_user_group: "Admins",
      campaign: "Autumn",
    });
    expect(await broadcastOf(asked)).toMatchObject({
      phase: "scheduled",
      gates: { paused: { by: "flutterflow" } },
    });
    const listed = await run("list");
    expect(listed.stdout).toContain(asked.broadcastId);
    const examined = await run("doctor");
    expect(examined.stdout).toContain(`${asked.broadcastId} is paused`);
    expect(examined.stdout).toContain('target_user_group ("Admins")');
    expect(examined.stdout).toContain("campaign");
    expect((await run("resume", asked.broadcastId)).code).toBe(0);
    expect(await asked.reached()).toEqual([adaIphone, eveIphone]);
  });

  test("rule 6: beside listed users such a field changes nothing", async () => {
    const asked = await ask({ ...CONTENT, user_refs: "users/ada", target_city: "Rome" });
    expect(await asked.reached()).toEqual([adaAndroid, adaIphone]);
  });
}
