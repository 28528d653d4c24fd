import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Bench, startBench } from "./testing/bench.ts";

let store: TestStore;
let bench: Bench;
beforeEach(async () => {
  store = createStore();
  bench = await startBench(store.registrations);
});
afterEach(async () => {
  await bench.close();
  await store.close();
});

const DEVICE = { userDocPath: "users/ada", fcmToken: "token", deviceType: "Android" };

async function ask(name: "addFcmToken" | "removeFcmToken", data: unknown, uid: string | null = "ada") {
  const { status, body } = await bench.call(name, uid, data);
  expect(status).toBe(200);
  return (body as { result: string }).result;
}

async function registered() {
  const batches = await Array.fromAsync(store.registrations.read({ after: "", upTo: null }, undefined));
  return batches.flat().map(({ path, kind, address, deviceType }) => {
    return { owner: path.split("/").slice(0, 2).join("/"), kind, address, deviceType };
  });
}

const NAMES = ["addFcmToken", "removeFcmToken"] as const;
const INVALID = {
  addFcmToken: "Invalid arguments encoutered when adding FCM token.",
  removeFcmToken: "Invalid arguments encoutered when removing FCM token.",
};
const NOT_YOURS = "Failed: Authenticated user doesn't match user provided.";
const LONG = "x".repeat(1_401);

describe.each(NAMES)("%s", (name) => {
  test("is refused without a sign-in, before all else", async () => {
    const answer = "Failed: Unauthenticated calls are not allowed.";
    expect(await ask(name, DEVICE, null)).toBe(answer);
    expect(await ask(name, null, null)).toBe(answer);
  });

  test.each([
    ["no data", null],
    ["a text", "users/ada"],
    ["no path", { ...DEVICE, userDocPath: undefined }],
    ["a path that is a number", { ...DEVICE, userDocPath: 7 }],
    ["a path of one segment", { ...DEVICE, userDocPath: "ada" }],
    ["a path of one segment behind a slash", { ...DEVICE, userDocPath: "/ada" }],
    ["no token", { ...DEVICE, fcmToken: undefined }],
    ["an empty token", { ...DEVICE, fcmToken: "" }],
    ["a token of white space alone", { ...DEVICE, fcmToken: " \t\n" }],
    ["an id of white space alone", { ...DEVICE, fid: "\u00a0" }],
    ["a token that is a list", { ...DEVICE, fcmToken: ["token"] }],
    ["a token that is too long", { ...DEVICE, fcmToken: LONG }],
    ["a token with half a character", { ...DEVICE, fcmToken: "a\ud800" }],
    ["a token with a control character", { ...DEVICE, fcmToken: "a\u001b[2J" }],
    ["an empty id", { ...DEVICE, fid: "" }],
    ["an id that is too long", { ...DEVICE, fid: LONG }],
    ["an empty path", { ...DEVICE, userDocPath: "" }],
  ])("cannot use its arguments: %s", async (_, data) => {
    expect(await ask(name, data)).toBe(INVALID[name]);
    expect(await ask(name, data, "bob"), "before it looks whose path it is").toBe(INVALID[name]);
  });

  test.each(["users/bob", "/users/bob", "users/", "people/bob", "users/bob/fcm_tokens/ada"])(
    "is for one's own devices only: %s",
    async (userDocPath) => {
      expect(await ask(name, { ...DEVICE, userDocPath })).toBe(NOT_YOURS);
    },
  );

  test.each(["people/ada", "users/ada/", "users/ada/fcm_tokens/t", "users/ada/x"])(
    "is for the user's own document only: %s",
    async (userDocPath) => {
      expect(await ask(name, { ...DEVICE, userDocPath })).toBe(INVALID[name]);
    },
  );

  test("takes no path with half a character, which would be kept as another user's", async () => {
    expect(await ask(name, { ...DEVICE, userDocPath: "users/a\ud800" }, "a\ud800")).toBe(INVALID[name]);
    expect(await registered()).toEqual([]);
  });

  test.each([
    "users/eve/../ada",
    "users/ada%2F",
    "users//ada",
    "users/ada/../eve",
    "users/ADA",
    "users/a\u0308da",
  ])("takes no other spelling of a path for eve's or ada's: %j", async (userDocPath) => {
    for (const uid of ["eve", "ada"])
      expect([INVALID[name], NOT_YOURS]).toContain(await ask(name, { ...DEVICE, userDocPath }, uid));
    expect(await registered()).toEqual([]);
  });

  test("takes no path that Firestore refuses", async () => {
    expect(await ask(name, { ...DEVICE, userDocPath: "users/__ada__" }, "__ada__")).toBe(INVALID[name]);
    expect(await ask(name, { ...DEVICE, userDocPath: "users/ada " }, "ada ")).toBe(INVALID[name]);
  });
});

describe("adding", () => {
  const ADDED = "Successfully added FCM token!";
  const EXISTS = "FCM token already exists for this user. Ignoring...";
  const ada = { owner: "users/ada", kind: "token", address: "token", deviceType: "Android" };

  test.each([undefined, "", " ", 7, LONG, "iO\nS"])("needs a device's type: %.9s", async (deviceType) => {
    expect(await ask("addFcmToken", { ...DEVICE, deviceType })).toBe(INVALID.addFcmToken);
    expect(await registered()).toEqual([]);
  });

  test("registers a device once, and brings it up to date", async () => {
    expect(await ask("addFcmToken", DEVICE)).toBe(ADDED);
    expect(await ask("addFcmToken", { ...DEVICE, userDocPath: "/users/ada", deviceType: "web" })).toBe(
      EXISTS,
    );
    expect(await registered()).toEqual([{ ...ada, deviceType: "web" }]);
  });

  test("drops white space around the token, the id and the type", async () => {
    const spaced = { ...DEVICE, fcmToken: " token\n", deviceType: "\tAndroid " };
    expect(await ask("addFcmToken", spaced)).toBe(ADDED);
    expect(await ask("addFcmToken", DEVICE)).toBe(EXISTS);
    expect(await registered()).toEqual([ada]);
    expect(await ask("addFcmToken", { ...spaced, fid: " id " })).toBe(ADDED);
    expect(await registered()).toEqual([{ ...ada, kind: "fid", address: "id" }]);
  });

  test("takes a device from whoever had it", async () => {
    await ask("addFcmToken", DEVICE);
    expect(await ask("addFcmToken", { ...DEVICE, userDocPath: "users/bob" }, "bob")).toBe(ADDED);
    expect(await registered()).toEqual([{ ...ada, owner: "users/bob" }]);
  });

  test("puts an installation's id in its token's place, for good", async () => {
    await ask("addFcmToken", DEVICE);
    expect(await ask("addFcmToken", { ...DEVICE, fid: "id" })).toBe(ADDED);
    expect(await ask("addFcmToken", { ...DEVICE, deviceType: "iOS" })).toBe(EXISTS);
    expect(await registered()).toEqual([{ ...ada, kind: "fid", address: "id", deviceType: "iOS" }]);
  });

  test.each([undefined, null, "id"])("takes an id without a token: %s", async (fcmToken) => {
    expect(await ask("addFcmToken", { ...DEVICE, fcmToken, fid: "id" })).toBe(ADDED);
    expect(await registered()).toEqual([{ ...ada, kind: "fid", address: "id" }]);
  });
});

describe("removing", () => {
  const REMOVED = "Successfully removed FCM token!";
  const ABSENT = "FCM token does not exist for this user. Ignoring...";
  const { userDocPath, fcmToken } = DEVICE;

  test("forgets the device, once", async () => {
    await ask("addFcmToken", DEVICE);
    await ask("addFcmToken", { ...DEVICE, fcmToken: "another" });
    expect(await ask("removeFcmToken", { userDocPath, fcmToken })).toBe(REMOVED);
    expect(await registered()).toMatchObject([{ address: "another" }]);
    expect(await ask("removeFcmToken", { userDocPath, fcmToken })).toBe(ABSENT);
  });

  test("drops white space around the address", async () => {
    for (const address of [{ fcmToken: " token " }, { fid: "\ttoken" }]) {
      await ask("addFcmToken", DEVICE);
      expect(await ask("removeFcmToken", { userDocPath, ...address })).toBe(REMOVED);
    }
  });

  test("leaves the device to another user who has it by now", async () => {
    await ask("addFcmToken", { ...DEVICE, userDocPath: "users/bob" }, "bob");
    expect(await ask("removeFcmToken", { userDocPath, fcmToken })).toBe(ABSENT);
    expect(await registered()).toMatchObject([{ owner: "users/bob" }]);
  });

  test.each([{ fid: "id" }, { fcmToken }, { fid: "id", fcmToken }])("knows it by %j", async (address) => {
    await ask("addFcmToken", { ...DEVICE, fid: "id" });
    expect(await ask("removeFcmToken", { userDocPath, ...address })).toBe(REMOVED);
    expect(await registered()).toEqual([]);
  });
});
