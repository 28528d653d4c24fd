import { afterEach, beforeEach, expect, test } from "vitest";
import type { Firestore } from "../google/firestore.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { intercept, openFreshFirestore, recordSent, type Sent } from "../testing/firestore.ts";
import { createTypes, type DeviceTypes } from "./firestore-types.ts";

describeOnEmulators("texts of device_type", ["firestore"], () => {
  let firestore: Firestore;
  let sent: Sent[];
  let types: DeviceTypes;
  beforeEach(() => {
    firestore = openFreshFirestore();
    sent = recordSent(firestore);
    types = createTypes(firestore.collectionGroup("fcm_tokens"));
  });
  afterEach(() => firestore.terminate());

  async function add(...added: unknown[]): Promise<void> {
    const collection = firestore.collection("users/ada/fcm_tokens");
    await Promise.all(
      added.map((device_type) => collection.add({ fcm_token: `token ${device_type}`, device_type })),
    );
    sent.length = 0;
  }

  const iosTypes = async () => (await types.groupsOf(["ios"]))?.flat();
  const queries = () => sent.filter(({ method }) => method === "runQuery").length;

  test("are found by a few queries, however many of them count as no platform", async () => {
    const models = Array.from({ length: 200 }, (_, index) => `SM-G${1_000 + index}`);
    await add("iOS", "Android", "FCM", ...models);
    expect(await iosTypes()).toEqual(["iOS"]);
    expect(queries()).toBeGreaterThan(1);
    expect(queries()).toBeLessThan(12);
    sent.length = 0;
    expect(await iosTypes()).toEqual(["iOS"]);
    expect(queries()).toBeLessThan(8);
  });

  test("that are no text, too long to ask for, or go on past every other are passed over", async () => {
    await add(1, null, true, ["iOS"], `iOS${" ".repeat(2_000)}`, "x".repeat(3_000), "\u{10FFFF}", "iPhone");
    expect(await iosTypes()).toEqual(["iPhone"]);
    await add("iPad");
    expect(await iosTypes()).toEqual(["iPad", "iPhone"]);
  });

  test("that come while a survey is under way are in the answer to every later call", async () => {
    await add("iOS");
    const first = iosTypes();
    await firestore.collection("users/bob/fcm_tokens").add({ fcm_token: "new", device_type: "apns" });
    expect(await iosTypes()).toEqual(["apns", "iOS"]);
    expect(await first).toContain("iOS");
  });

  test("are looked for once for all calls that wait", async () => {
    await add("iOS", "Android");
    await iosTypes();
    sent.length = 0;
    await iosTypes();
    const once = queries();
    sent.length = 0;
    await Promise.all(Array.from({ length: 20 }, iosTypes));
    expect(queries()).toBeLessThanOrEqual(2 * once);
  });

  test("that cannot be looked for are a failure, not an empty audience, and the next call looks again", async () => {
    await add("iOS");
    let refuses = true;
    const refusal = Object.assign(new Error("told to fail"), { code: 7 });
    intercept(firestore, (_, send) => (refuses ? Promise.reject(refusal) : send()));
    await expect(iosTypes()).rejects.toMatchObject({ code: 7 });
    refuses = false;
    expect(await iosTypes()).toEqual(["iOS"]);
  });
});
