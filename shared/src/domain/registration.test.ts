import { expect, test } from "vitest";
import { deviceTypesOf, ownerOf, PLATFORMS, platformOf } from "./registration.ts";

test("FlutterFlow's own spellings of a platform count, and the usual others", () => {
  expect(deviceTypesOf(["android"])).toEqual(expect.arrayContaining(["Android", "android"]));
  expect(deviceTypesOf(["ios"])).toEqual(expect.arrayContaining(["iOS", "ios"]));
  expect(deviceTypesOf(["web"])).toContain("web");
});

test("no spelling counts for two platforms", () => {
  const all = deviceTypesOf(PLATFORMS);
  expect(new Set(all).size).toBe(all.length);
  expect(deviceTypesOf([])).toEqual([]);
});

test("a spelling's platform is the one that it counts for, and others have none", () => {
  for (const platform of PLATFORMS)
    expect(new Set(deviceTypesOf([platform]).map(platformOf))).toEqual(new Set([platform]));
  for (const spelling of ["", "iPhone", " iOS", "constructor"]) expect(platformOf(spelling)).toBeUndefined();
});

test("a registration belongs to the user above it", () => {
  expect(ownerOf("users/a/fcm_tokens/t")).toBe("users/a");
});
