import { beforeEach, describe, expect, test } from "vitest";
import type { Platform } from "../../domain/registration.ts";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registrations } from "../index.ts";
import { EVERYTHING, readAddresses } from "./read.ts";

/** The `device_type` of devices as real apps have them, by platform; the second file is of another app. */
const TYPES: Record<Platform | "unknown", string[]> = {
  android: ["Android", "android", "ANDROID", "Android 14", "TargetPlatform.android", "AndroidPush"],
  ios: [
    "iOS",
    "ios",
    "Ios",
    "IOS",
    "iPhone",
    "TargetPlatform.iOS",
    "iPadOS",
    "apns",
    "iOSPush",
    " iOS 17.2 ",
  ],
  web: ["web", "Web", "WEB", "ChromePush"],
  unknown: ["1", "FCM", "Windows Phone", ""],
};
const { android, ios, web, unknown } = TYPES;
const ALL = Object.values(TYPES).flat();

export function describePlatforms(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  const register = (types: readonly string[]) =>
    registrations.put(types.map((type) => makeDocument(`u ${type}`, addressOf(type), { deviceType: type })));
  beforeEach(() => {
    registrations = opened().registrations;
  });

  /** Each type's address is the type itself, so that the order is that of the texts. */
  const addressOf = (type: string) => `:${type}`;
  const addressesOf = (types: readonly string[]) => types.map(addressOf).sort();

  test.each<[Platform[], string[]]>([
    [["android"], android],
    [["ios"], ios],
    [["web"], web],
    [
      ["web", "android"],
      [...web, ...android],
    ],
    [
      ["android", "ios", "web"],
      [...android, ...ios, ...web],
    ],
  ])("%j are those of every spelling, in order, and are counted", async (platforms, types) => {
    await register(ALL);
    expect(await readAddresses(registrations, EVERYTHING, platforms)).toEqual(addressesOf(types));
    expect(await registrations.count(EVERYTHING, platforms)).toBe(types.length);
    expect(
      await registrations.countOwned(
        ALL.map((type) => `users/u ${type}`),
        platforms,
      ),
    ).toEqual(ALL.map((type) => (types.includes(type) ? 1 : 0)));
  });

  test("without a filter an unknown spelling counts like any", async () => {
    await register(ALL);
    expect(await readAddresses(registrations)).toEqual(addressesOf(ALL));
    expect(await registrations.count(EVERYTHING, undefined)).toBe(ALL.length);
  });

  test("a filter and a span hold at once", async () => {
    await register(ALL);
    const span = { after: ":ANDROID", upTo: ":Android 14" };
    expect(await readAddresses(registrations, span, ["android"])).toEqual([":Android", ":Android 14"]);
    expect(await registrations.count(span, ["android"])).toBe(2);
    expect(await registrations.firstFrom(":Android", span, ["android"])).toBe(":Android");
    expect(await registrations.firstFrom(":Android!", span, ["android"])).toBeNull();
    expect(await registrations.firstFrom(":C", EVERYTHING, ["ios"])).toBe(":IOS");
  });

  test("where no device has a platform's spelling nothing is found", async () => {
    await register(unknown);
    expect(await readAddresses(registrations, EVERYTHING, ["ios"])).toEqual([]);
    expect(await registrations.count(EVERYTHING, ["ios"])).toBe(0);
    expect(await registrations.firstFrom("", EVERYTHING, ["ios"])).toBeNull();
    expect(await registrations.countOwned(["users/u FCM"], ["ios"])).toEqual([0]);
  });

  test("a spelling that first comes between two calls is in the second", async () => {
    await register(["Android", "iOS"]);
    for (const type of ["apns", "IPHONE", "ios 17", "iPad", "Zebra"]) {
      const before = await readAddresses(registrations, EVERYTHING, ["ios"]);
      expect(await registrations.count(EVERYTHING, ["ios"])).toBe(before.length);
      await register([type]);
      const after = type === "Zebra" ? before : [...before, addressOf(type)].sort();
      expect(await registrations.count(EVERYTHING, ["ios"])).toBe(after.length);
      expect(await readAddresses(registrations, EVERYTHING, ["ios"])).toEqual(after);
    }
  });

  test("a device that registers is of the platform that its type counts as, also when it does so again", async () => {
    const device = { owner: "users/a", address: "a", kind: "token" } as const;
    for (const [deviceType, platform] of [
      ["iPad", "ios"],
      ["Android 15", "android"],
    ] as const) {
      await registrations.register({ ...device, deviceType });
      expect(await readAddresses(registrations, EVERYTHING, [platform])).toEqual(["a"]);
    }
  });

  test("a type that is changed counts as what it is now", async () => {
    await registrations.put([makeDocument("a", "a", { deviceType: "FCM" })]);
    expect(await readAddresses(registrations, EVERYTHING, ["ios"])).toEqual([]);
    await registrations.put([makeDocument("a", "a", { deviceType: "iPadOS" })]);
    expect(await readAddresses(registrations, EVERYTHING, ["ios"])).toEqual(["a"]);
    expect((await registrations.unknownTypes()).registrations).toBe(0);
  });

  test.each([31, 310])("%i spellings of one platform are all found, and no device twice", async (count) => {
    const types = Array.from({ length: count }, (_, index) => `iOS ${1_000 + index}`);
    await register([...types, "Android", "FCM"]);
    expect(await readAddresses(registrations, EVERYTHING, ["ios"])).toEqual(addressesOf(types));
    expect(await registrations.count(EVERYTHING, ["ios"])).toBe(count);
    const span = { after: addressOf("iOS 1007"), upTo: addressOf("iOS 1009") };
    expect(await readAddresses(registrations, span, ["ios"])).toEqual(addressesOf(["iOS 1008", "iOS 1009"]));
    expect(await registrations.count(span, ["ios"])).toBe(2);
    expect(await registrations.firstFrom(":h", EVERYTHING, ["ios"])).toBe(":iOS 1000");
    expect(await registrations.firstFrom(":iOS 1008!", span, ["ios"])).toBe(":iOS 1009");
    expect(await registrations.countOwned([`users/u iOS 1008`, "users/u Android"], ["ios"])).toEqual([1, 0]);
  });

  describe("types that count as no platform", () => {
    test("are counted by name, those without an address left out", async () => {
      await register(ALL);
      await registrations.put([
        makeDocument("second", "another", { deviceType: "FCM" }),
        makeDocument("none", null, { deviceType: "Fridge" }),
      ]);
      const found = await registrations.unknownTypes();
      expect(found).toMatchObject({ registrations: 5, others: 0 });
      expect(found.types[0]).toEqual({ type: "FCM", registrations: 2 });
      expect(found.types.map(({ type }) => type).sort()).toEqual(unknown.toSorted());
    });

    test("do not exist where every one is known", async () => {
      expect(await registrations.unknownTypes()).toEqual({ registrations: 0, types: [], others: 0 });
      await register([...android, ...ios, ...web]);
      expect(await registrations.unknownTypes()).toEqual({ registrations: 0, types: [], others: 0 });
    });

    test("are summed where they are more than can be named", async () => {
      await register([...ALL, ...Array.from({ length: 150 }, (_, index) => `model ${index}`)]);
      const { registrations: all, types, others } = await registrations.unknownTypes();
      expect(all).toBe(150 + unknown.length);
      expect(types).toHaveLength(20);
      expect(others).toBe(all - 20);
    });
  });
}
