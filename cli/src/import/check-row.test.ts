import { NOT_A_TIME } from "@fanfare/shared/domain/iso-time";
import { describe, expect, test } from "vitest";
import { checkRow } from "./check-row.ts";

const NAMES = { usersCollection: "users", tokensCollection: "fcm_tokens" };
const ROW = { fcm_token: "token-1", device_type: "iOS", user: "ada" };

function documentOf(row: Record<string, unknown>) {
  const checked = checkRow(row, NAMES);
  if (checked.kind === "refused") throw new Error(checked.reason);
  return checked.document;
}

describe("a row becomes a registration", () => {
  test("with all that it says", () => {
    const row = { ...ROW, id: "d1", kind: "fid", created_at: "2024-05-01T00:00:00Z", note: "ignored" };
    expect(documentOf(row)).toEqual({
      path: "users/ada/fcm_tokens/d1",
      address: "token-1",
      kind: "fid",
      deviceType: "iOS",
      createdAt: Date.UTC(2024, 4, 1),
    });
  });

  test("whose id follows from the address, so that the same row is the same document", () => {
    const { path } = documentOf(ROW);
    expect(path).toMatch(/^users\/ada\/fcm_tokens\/[0-9a-f]{20}$/);
    expect(documentOf({ ...ROW, device_type: "ios" }).path).toBe(path);
    expect(documentOf({ ...ROW, fcm_token: "token-2" }).path).not.toBe(path);
  });

  test.each([
    ["a path of a user", { user: "users/ada" }, { path: expect.stringMatching(/^users\/ada\//) }],
    ["a slash before it", { user: "/users/ada" }, { path: expect.stringMatching(/^users\/ada\//) }],
    ["a document's path", { path: "/users/bob/fcm_tokens/7" }, { path: "users/bob/fcm_tokens/7" }],
    [
      "spaces around values",
      { fcm_token: " token-1\n", device_type: "\ufeffiOS ", kind: " fid", user: " users/ada ", id: " 7 " },
      { address: "token-1", deviceType: "iOS", kind: "fid", path: "users/ada/fcm_tokens/7" },
    ],
    ["spaces around a path", { path: " users/bob/fcm_tokens/7 " }, { path: "users/bob/fcm_tokens/7" }],
    ["a device type nobody knows", { device_type: "Fridge" }, { deviceType: "Fridge" }],
    ["a damaged address, which FCM is to judge", { fcm_token: 'to "ken' }, { address: 'to "ken' }],
    ["no kind", { kind: "" }, { kind: "token" }],
    ["nothing where it is optional", { kind: null, id: null, created_at: null }, { kind: "token" }],
    ["milliseconds as a number", { created_at: 1_700_000_000_000 }, { createdAt: 1_700_000_000_000 }],
    ["milliseconds as text", { created_at: "1700000000000" }, { createdAt: 1_700_000_000_000 }],
    ["no time", { created_at: " " }, { createdAt: undefined }],
  ])("%s", (_, fields, expected) => {
    expect(documentOf({ ...ROW, ...fields })).toMatchObject(expected);
  });
});

describe("a row is refused, by the name of its field", () => {
  test.each([
    [{ fcm_token: undefined }, "fcm_token: is missing"],
    [{ fcm_token: "  " }, "fcm_token: is missing"],
    [{ fcm_token: 7 }, "fcm_token: must be text"],
    [{ fcm_token: "a".repeat(1_025) }, "fcm_token: is longer than 1024 bytes"],
    [{ fcm_token: "a\nb" }, "fcm_token: holds a control character, such as a line break"],
    [{ fcm_token: "a\u0085b" }, "fcm_token: holds a control character, such as a line break"],
    [{ device_type: null }, "device_type: is missing"],
    [{ user: "" }, "user: is missing"],
    [{ user: ["ada"] }, "user: must be text"],
    [{ user: "others/ada" }, 'user: "others/ada" is not a document of users'],
    [{ user: ".." }, 'user: ".." is not a document of users'],
    [{ id: "a/b" }, "id: must be a document's id, without a slash"],
    [{ path: "users/ada" }, "path: must be users/{user}/fcm_tokens/{id}"],
    [{ path: "users/ada/tokens/1" }, "path: must be users/{user}/fcm_tokens/{id}"],
    [{ path: "others/ada/fcm_tokens/1" }, "path: must be users/{user}/fcm_tokens/{id}"],
    [{ path: "users/ada/fcm_tokens/1/more" }, "path: must be users/{user}/fcm_tokens/{id}"],
    [
      { fcm_token: "token\ud83d" },
      "fcm_token: is not valid Unicode: half of a surrogate pair at character 6",
    ],
    [{ user: "J\ufffdrgen" }, "user: is not valid Unicode: save the file as UTF-8"],
    [{ path: "users/ada /fcm_tokens/1" }, "path: must be users/{user}/fcm_tokens/{id}"],
    [{ path: "users /ada/fcm_tokens/1" }, "path: must be users/{user}/fcm_tokens/{id}"],
    [{ id: "__x__" }, "id: must be a document's id, without a slash"],
    [{ path: "users/ada/fcm_tokens/__x__" }, "path: must be users/{user}/fcm_tokens/{id}"],
    [{ created_at: "+020000-01-01" }, `created_at: ${NOT_A_TIME}`],
    [{ created_at: "2026-02-30T10:00:00Z" }, "created_at: names a day that does not exist: 2026-02-30"],
    [
      { created_at: "02/01/2026 10:00:00" },
      "created_at: begins with the day or the month: write the year first, such as 2027-01-31T18:00:00+01:00",
    ],
    [{ created_at: "2026-01-01 10:00:00" }, "created_at: has no zone, such as Z or +01:00"],
    [{ kind: "email" }, "kind: must be token or fid"],
    [{ created_at: "yesterday" }, `created_at: ${NOT_A_TIME}`],
    [{ created_at: 1.5 }, "created_at: must be an ISO time or milliseconds since 1970"],
    [{ created_at: -1 }, "created_at: must be an ISO time or milliseconds since 1970"],
    [{ created_at: { seconds: 1 } }, "created_at: must be an ISO time or milliseconds since 1970"],
  ])("%j", (fields, reason) => {
    expect(checkRow({ ...ROW, ...fields }, NAMES)).toEqual({ kind: "refused", reason });
  });
});

describe("a row lies in the collections that are set", () => {
  const names = { usersCollection: "people", tokensCollection: "devices" };

  test.each([
    [{}, /^people\/ada\/devices\/[0-9a-f]{20}$/],
    [{ user: "people/bob", id: "7" }, /^people\/bob\/devices\/7$/],
    [{ path: "/people/bob/devices/7" }, /^people\/bob\/devices\/7$/],
  ])("%j", (fields, path) => {
    expect(checkRow({ ...ROW, ...fields }, names)).toMatchObject({
      document: { path: expect.stringMatching(path) },
    });
  });

  test.each(["people/ada/fcm_tokens/1", "users/ada/devices/1"])("and %s does not", (path) => {
    const reason = "path: must be people/{user}/devices/{id}";
    expect(checkRow({ ...ROW, path }, names)).toEqual({ kind: "refused", reason });
  });
});
