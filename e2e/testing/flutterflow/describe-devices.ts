import { fanfare } from "@fanfare/cli/testing/fanfare";
import { startBench } from "@fanfare/registrar/testing/bench";
import type { Platform } from "@fanfare/shared/domain/registration";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { App } from "./app.ts";
import { ALL, DEVICES } from "./devices.ts";

const { adaAndroid, adaIphone, bobAndroid, eveIphone, memberAndroid } = DEVICES;
const TO_ALL = { target_audience: "All" };

/** What the devices of two apps have as `device_type`, value by value. */
const SPELLED: Record<string, Platform | undefined> = {
  "iOS ": "ios",
  ios: "ios",
  Ios: "ios",
  IOS: "ios",
  iPhone: "ios",
  "TargetPlatform.iOS": "ios",
  iPadOS: "ios",
  apns: "ios",
  iOSPush: "ios",
  ANDROID: "android",
  "Android 14": "android",
  "TargetPlatform.android": "android",
  AndroidPush: "android",
  ChromePush: "web",
  "1": undefined,
  FCM: undefined,
};
const addressOf = (type: string) => `spelled-${type.replace(/\W/g, "_")}:APA91b`;
const spelledOf = (platform: Platform | undefined) =>
  Object.keys(SPELLED)
    .filter((type) => SPELLED[type] === platform)
    .map(addressOf);

/** Devices as apps write them, however that is. What is registered here is gone afterwards. */
export function describeDevices(appOf: () => App): void {
  let number = 0;
  const written = new Set<string>();
  const ask = (fields: object) =>
    appOf().ask(`ff_push_notifications/device${++number}`, {
      ...{ notification_title: "Hello", notification_text: "World", status: "started" },
      ...fields,
    });
  const documentOf = (uid: string) => appOf().firestore.doc(`users/${uid}/fcm_tokens/1`);
  async function register(uid: string, fcm_token: string, device_type: string): Promise<void> {
    const document = documentOf(uid);
    written.add(document.path);
    await document.set({ fcm_token, device_type, created_at: new Date() });
  }
  const on = (...args: string[]) => fanfare([...args, "--project", appOf().installation.project]);

  beforeAll(async () => {
    const types = Object.keys(SPELLED);
    await Promise.all(types.map((type, index) => register(`spelled${index}`, addressOf(type), type)));
  });
  afterAll(async () => {
    for (const path of written) await appOf().firestore.doc(path).delete();
  });

  test("rule 11: a device type is read however it is spelled", async () => {
    const [ios, android, all] = [
      await ask({ target_audience: "iOS" }),
      await ask({ target_audience: "Android" }),
      await ask(TO_ALL),
    ];
    expect(await ios.reached()).toEqual([adaIphone, eveIphone, ...spelledOf("ios")].toSorted());
    expect(await android.reached()).toEqual(
      [adaAndroid, bobAndroid, memberAndroid, ...spelledOf("android")].toSorted(),
    );
    expect(await all.reached()).toEqual([...ALL, ...Object.keys(SPELLED).map(addressOf)].toSorted());
    const chunks = await Array.fromAsync(appOf().installation.store.ledger.chunks(all.broadcastId));
    const members = new Map(chunks.flatMap((one) => one.members).map((one) => [one.address, one.platform]));
    for (const [type, platform] of Object.entries(SPELLED))
      expect(members.get(addressOf(type)), type).toBe(platform);
  });

  test("rule 11: so are those of listed users", async () => {
    const user_refs = Object.keys(SPELLED)
      .map((_, index) => `users/spelled${index}`)
      .join(",");
    const asked = await ask({ target_audience: "iOS", user_refs });
    expect(await asked.reached()).toEqual(spelledOf("ios").toSorted());
  });

  test("rule 11: a spelling that first comes between two notifications is in the second", async () => {
    await register("new", "new-spelling:APA91b", "IPHONE 17");
    const asked = await ask({ target_audience: "iOS" });
    expect(await asked.reached()).toContain("new-spelling:APA91b");
  });

  test("rule 11: device types that count as no platform are counted by name", async () => {
    const types = [
      { type: "1", registrations: 1 },
      { type: "FCM", registrations: 1 },
    ];
    const { stdout } = await on("estimate", "--audience", "ios", "--json");
    expect(JSON.parse(stdout).unknownTypes).toEqual({ registrations: 2, types, others: 0 });
    const doctor = await appOf().examine();
    expect(doctor).toContain("!! devices: registrations of no known platform: 2,");
    expect(doctor).toContain('"1" (1), "FCM" (1) — have the app write Android, iOS or web');
  });

  test("rule 12: an address with white space around it counts as none: it is not sent to, and stays", async () => {
    const spaced = { before: " spaced:APA91b", behind: "spaced:APA91b\n", alone: "  " };
    for (const [uid, address] of Object.entries(spaced)) await register(uid, address, "iOS");
    await register("plain", "plain:APA91b", "iOS");
    for (const audience of [
      { target_audience: "iOS" },
      { user_refs: "users/before, users/plain ,users/behind,users/alone" },
    ]) {
      const asked = await ask(audience);
      const reached = await asked.reached();
      expect(reached).toContain("plain:APA91b");
      expect(reached.filter((address) => address.includes("spaced"))).toEqual([]);
      const { books } = await appOf().installation.finished(asked.broadcastId);
      expect(books).toMatchObject({ spaced: 3, rejected: {} });
      for (const [uid, address] of Object.entries(spaced))
        expect((await documentOf(uid).get()).get("fcm_token")).toBe(address);
    }
    const doctor = await appOf().examine();
    expect(doctor).toContain("!! devices: addresses with white space around them: 3,");
  });

  test("rule 12: the registrar drops white space around what a device registers with", async () => {
    const bench = await startBench(appOf().installation.store.registrations);
    const call = async (name: "addFcmToken" | "removeFcmToken", fcmToken: string) => {
      const data = { userDocPath: "users/trim", fcmToken, deviceType: " iOS\n" };
      return ((await bench.call(name, "trim", data)).body as { result: string }).result;
    };
    const stored = async () => {
      const { docs } = await appOf().firestore.collection("users/trim/fcm_tokens").get();
      return docs.map((one) => [one.get("fcm_token"), one.get("device_type")]);
    };
    expect(await call("addFcmToken", " trimmed:APA91b\n")).toBe("Successfully added FCM token!");
    expect(await stored()).toEqual([["trimmed:APA91b", "iOS"]]);
    expect(await (await ask({ user_refs: "users/trim" })).reached()).toEqual(["trimmed:APA91b"]);
    expect(await call("addFcmToken", " \n")).toMatch(/^Invalid arguments/);
    expect(await call("removeFcmToken", "\ttrimmed:APA91b ")).toBe("Successfully removed FCM token!");
    expect(await stored()).toEqual([]);
    await bench.close();
  });
}
