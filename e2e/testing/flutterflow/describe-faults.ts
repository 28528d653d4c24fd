import { Timestamp } from "@google-cloud/firestore";
import { afterEach, expect, test } from "vitest";
import type { App } from "./app.ts";
import { deleteUser } from "./delete-user.ts";
import { ALL, CROWD, crowdUser, DEVICES, registerCrowd } from "./devices.ts";

const { adaAndroid, adaIphone, bobAndroid, eveIphone, waltWeb, memberAndroid, danDead } = DEVICES;
const CONTENT = { notification_title: "Hello", notification_text: "World" };
const TO_ALL = { ...CONTENT, target_audience: "All", status: "started" };

/** What one user of the app may ask for. */
export const LIMITS = { perHour: 3, maxUsers: CROWD };
const PER_HOUR = LIMITS.perHour;

/** Each is a fault of the functions that FlutterFlow generates, and how Fanfare does without it. */
export function describeFaults(appOf: () => App): void {
  let number = 0;
  afterEach(() => {
    appOf().installation.simulator.control.setFaults({ error500: 0 });
  });

  const ask = (fields: object) =>
    appOf().ask(`ff_push_notifications/d${++number}`, { ...CONTENT, ...fields });
  const askAsApp = (fields: object, sender = `s${number}`) =>
    appOf().ask(`ff_user_push_notifications/d${++number}`, {
      ...CONTENT,
      initial_page_name: "",
      parameter_data: "{}",
      sender: appOf().firestore.doc(`users/${sender}`),
      ...fields,
    });

  test("fault 1: a notification to Android reaches Android devices only", async () => {
    const asked = await ask({ target_audience: "Android" });
    expect(await asked.reached()).toEqual([adaAndroid, bobAndroid, memberAndroid]);
  });

  test("fault 2: target_audience holds beside user_refs", async () => {
    const asked = await ask({ target_audience: "iOS", user_refs: "users/ada,users/bob" });
    expect(await asked.reached()).toEqual([adaIphone]);
  });

  test("fault 3: a missing target_audience is a failure that says so", async () => {
    expect(await (await ask({})).answer()).toEqual({
      status: "failed",
      error: "target_audience is missing: it must be All, iOS or Android, unless user_refs lists users",
    });
  });

  test("fault 4: a document without a token is passed over, and what is wrong is told before anything is sent", async () => {
    const asked = await ask({ user_refs: "users/nils,users/eve", parameter_data: { page: 1 } });
    expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 1 });
    expect(asked.message()).toMatchObject({ data: { parameterData: '{"page":1}' } });
    const bad = await ask({ ...TO_ALL, notification_image_url: "not a URL" });
    expect(await bad.answer()).toEqual({
      status: "failed",
      error: "notification_image_url must be a URL that starts with https:// or http://",
    });
    expect(await bad.reached()).toEqual([]);
  });

  test("fault 5: dead tokens are deleted", async () => {
    const token = appOf().firestore.doc("users/dan/fcm_tokens/1");
    const fields = { fcm_token: danDead, device_type: "Android", created_at: Timestamp.fromMillis(1) };
    await token.set(fields);
    await (await ask({ user_refs: "users/dan,users/bob" })).answer();
    await expect.poll(async () => (await token.get()).exists, { timeout: 30_000 }).toBe(false);
    await token.set(fields);
  });

  test("fault 6: that every message failed is a failure with its reason", async () => {
    expect(await (await ask({ user_refs: "users/dan" })).answer()).toEqual({
      status: "failed",
      num_sent: 0,
      error: "FCM accepted no message (1 UNREGISTERED)",
    });
  });

  test("fault 7: what FCM could not take for the moment is sent again", async () => {
    appOf().installation.simulator.control.setFaults({ error500: 1, maxFaultyAttempts: 1 });
    const asked = await ask({ user_refs: "users/ada,users/bob,users/eve" });
    expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 4 });
    expect(await asked.reached()).toEqual([adaAndroid, adaIphone, bobAndroid, eveIphone]);
  });

  test("fault 8: an event that comes again sends nothing again", async () => {
    const asked = await ask({ user_refs: "users/bob" });
    await asked.tellAgain();
    await asked.answer();
    await asked.tellAgain();
    const [line] = appOf().installation.simulator.control.log(asked.broadcastId);
    expect(line).toMatchObject({ address: bobAndroid, accepted: 1 });
  });

  test("fault 9: hundreds of listed users are read together, and sent to in chunks", async () => {
    const addresses = await registerCrowd(appOf().firestore);
    const users = Array.from({ length: CROWD }, (_, index) => crowdUser(index));
    const asked = await askAsApp({ user_refs: users.join(",") });
    expect(await asked.reached()).toEqual(addresses.toSorted());
    const chunks = await Array.fromAsync(appOf().installation.store.ledger.chunks(asked.broadcastId));
    expect(chunks.length).toBeGreaterThan(1);
  });

  test("fault 10: user_refs is read however people write it", async () => {
    const written = [" users/bob", "users/bob,", "users//bob", "/users/bob", ["users/bob"]];
    const asked = await Promise.all(
      written.map((user_refs, index) => askAsApp({ user_refs }, `person${index}`)),
    );
    for (const one of asked) expect(await one.reached()).toEqual([bobAndroid]);
  });

  test("fault 10: references in an array, and one that is no user's", async () => {
    const asked = await askAsApp({ user_refs: [appOf().firestore.doc("users/bob")] });
    expect(await asked.reached()).toEqual([bobAndroid]);
    expect(await (await askAsApp({ user_refs: "users/bob,posts/1" })).answer()).toEqual({
      status: "failed",
      error: 'user_refs "posts/1" is not a document of users',
    });
  });

  test("fault 11: a schedule whose time was missed is sent late, and one that is deleted is not", async () => {
    const minutes = (count: number) => Timestamp.fromMillis(Date.now() + count * 60_000);
    const missed = await ask({ user_refs: "users/bob", scheduled_time: minutes(-90) });
    expect(await missed.reached()).toEqual([bobAndroid]);
    const cancelled = await ask({ user_refs: "users/bob", scheduled_time: minutes(90) });
    await appOf().remove(`ff_push_notifications/d${number}`);
    const { phase } = (await appOf().installation.store.broadcasts.get(cancelled.broadcastId)) ?? {};
    expect(phase).toBe("cancelled");
  });

  test("fault 12: what one user may ask for is bounded, and what is refused is answered and listed", async () => {
    const fields = { user_refs: "users/bob" };
    for (let count = 0; count < PER_HOUR; count++) await (await askAsApp(fields, "mallory")).answer();
    const error = `sender users/mallory has asked for ${PER_HOUR} notifications within an hour, the most that a user may`;
    expect(await (await askAsApp(fields, "mallory")).answer()).toEqual({ status: "failed", error });
    const everybody = await askAsApp({ user_refs: "", target_audience: "All" }, "trudy");
    expect(await everybody.answer()).toMatchObject({ status: "failed" });
    expect(await everybody.reached()).toEqual([]);
    const refused = await appOf().installation.store.intake.refusals(100);
    expect(refused).toContainEqual(expect.objectContaining({ sender: "users/mallory", reason: error }));
  });

  test("fault 13: batches send to each device once, wherever its documents lie", async () => {
    const parts = await Promise.all(
      [0, 1].map((index) => ask({ ...TO_ALL, batch_index: index, num_batches: 2 })),
    );
    expect(await parts[0]?.reached()).toEqual(expect.arrayContaining([adaAndroid, memberAndroid]));
    const log = [...appOf().installation.simulator.control.log(parts[0]?.broadcastId)];
    expect(log.filter(({ accepted }) => accepted > 1)).toEqual([]);
  });

  test("fault 14: a user who is deleted leaves no token behind", async () => {
    const { firestore } = appOf();
    await firestore.doc("users/gone").create({ name: "Gone" });
    await firestore
      .doc("users/gone/fcm_tokens/1")
      .create({ fcm_token: "gone-phone:APA91b", device_type: "iOS" });
    await deleteUser(appOf(), "users/gone");
    expect((await firestore.collection("users/gone/fcm_tokens").get()).size).toBe(0);
  });

  test("fault 15: browsers are reached", async () => {
    const asked = await ask({ target_audience: "All" });
    expect(await asked.reached()).toEqual(expect.arrayContaining([...ALL, waltWeb]));
  });
}
