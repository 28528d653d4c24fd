import { beforeEach, expect, test } from "vitest";
import type { Platform } from "../../domain/registration.ts";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registrations } from "../index.ts";
import { EVERYTHING, readAddresses } from "./read.ts";

/** Each device's address is its number and its type, so that the order is the one here. */
const DEVICES = [
  "0 iOS",
  "1 Android",
  "2 web",
  "3 ios",
  "4 android",
  "5 Web",
  "6 IOS",
  "7 ANDROID",
  "8 WEB",
  "9 Windows Phone",
];

export function describePlatforms(opened: () => ContractRegistrations): void {
  let registrations: Registrations;
  beforeEach(async () => {
    registrations = opened().registrations;
    await registrations.put(
      DEVICES.map((address) => makeDocument(`u${address[0]}`, address, { deviceType: address.slice(2) })),
    );
  });

  test.each<[Platform[], string[]]>([
    [["android"], ["1 Android", "4 android", "7 ANDROID"]],
    [["ios"], ["0 iOS", "3 ios", "6 IOS"]],
    [["web"], ["2 web", "5 Web", "8 WEB"]],
    [
      ["web", "android"],
      ["1 Android", "2 web", "4 android", "5 Web", "7 ANDROID", "8 WEB"],
    ],
    [["android", "ios", "web"], DEVICES.slice(0, 9)],
  ])("%j are those of every usual spelling, in order", async (platforms, addresses) => {
    expect(await readAddresses(registrations, EVERYTHING, platforms)).toEqual(addresses);
    expect(await registrations.count(EVERYTHING, platforms)).toBe(addresses.length);
  });

  test("without a filter an unknown spelling counts like any", async () => {
    expect(await readAddresses(registrations)).toEqual(DEVICES);
    expect(await registrations.count(EVERYTHING, undefined)).toBe(10);
  });

  test("a filter and a span hold at once", async () => {
    const span = { after: "1 Android", upTo: "7 ANDROID" };
    expect(await readAddresses(registrations, span, ["android"])).toEqual(["4 android", "7 ANDROID"]);
    expect(await registrations.count(span, ["android"])).toBe(2);
    expect(await registrations.firstFrom("2", span, ["ios"])).toBe("3 ios");
    expect(await registrations.firstFrom("7", span, ["ios"])).toBeNull();
  });
}
