import { expect, test } from "vitest";
import { ofPlatforms, ownerOf, type Platform, platformOf } from "./registration.ts";

/** What the devices of real apps have there, value by value. */
const SPELLED: [deviceType: string, platform: Platform | undefined][] = [
  ["iOS", "ios"],
  ["ios", "ios"],
  ["Ios", "ios"],
  ["IOS", "ios"],
  ["iPhone", "ios"],
  ["ANDROID", "android"],
  ["Android 14", "android"],
  ["TargetPlatform.iOS", "ios"],
  ["TargetPlatform.android", "android"],
  ["iPadOS", "ios"],
  ["1", undefined],
  ["apns", "ios"],
  ["FCM", undefined],
  ["AndroidPush", "android"],
  ["ChromePush", "web"],
  ["iOSPush", "ios"],
];

test.each([
  ...SPELLED,
  ["Android", "android"],
  ["Web", "web"],
  ["iPad", "ios"],
  [" i OS\t17.2\n", "ios"],
  ["iPadOS 17", "ios"],
  ["\u00a0android\ufeff", "android"],
  ["", undefined],
  [" ", undefined],
  ["17.2", undefined],
  ["iOS app", undefined],
  ["androids", undefined],
  ["Android 14a", undefined],
  ["Windows Phone", undefined],
  ["constructor", undefined],
  ["__proto__", undefined],
  [`i${" ".repeat(98)}S`, undefined],
  [`iOS${" ".repeat(98)}`, undefined],
] as [string, Platform | undefined][])(
  "a device type is folded, and %j counts as %s",
  (deviceType, platform) => {
    for (const _ of ["first", "remembered"]) expect(platformOf(deviceType)).toBe(platform);
  },
);

test("what is remembered of device types is bounded, and stays right", () => {
  for (let version = 0; version < 3_000; version++) {
    expect(platformOf(`iOS ${version}`)).toBe("ios");
    expect(platformOf(`model ${version}`)).toBeUndefined();
  }
  expect(platformOf("Android")).toBe("android");
});

test("device types are of the platforms asked for, and every one is where none are", () => {
  const all = ["iPhone", "ANDROID", "web", "FCM"];
  expect(all.filter(ofPlatforms(undefined))).toEqual(all);
  expect(all.filter(ofPlatforms(["web", "ios"]))).toEqual(["iPhone", "web"]);
  expect(all.filter(ofPlatforms([]))).toEqual([]);
});

test("a registration belongs to the user above it", () => {
  expect(ownerOf("users/a/fcm_tokens/t")).toBe("users/a");
});
