import { expect, test } from "vitest";
import { deviceTypesOf, ownerOf, PLATFORMS } from "./registration.ts";

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

test("a registration belongs to the user above it", () => {
  expect(ownerOf("users/a/fcm_tokens/t")).toBe("users/a");
});
