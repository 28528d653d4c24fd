import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const HEADER = "fcm_token,device_type,user\n";

function write(name: string, text: string): { file: string; data: string } {
  const data = makeFolder();
  writeFileSync(join(data, name), text);
  return { file: join(data, name), data };
}

test("the good lines of a mixed file are imported, and the bad ones named", async () => {
  const { file, data } = write("devices.csv", `${HEADER}a,iOS,ada\n,iOS,bob\nb,Android,ada\nc,iOS\n`);
  const { code, stdout, stderr } = await fanfare(["import", file, "--data", data]);
  expect(stderr).toContain("line 3: fcm_token: is missing\nline 5: has 2 columns, and the first line 3\n");
  expect(stdout).toBe("2 registrations imported, 2 lines refused.\n");
  expect(code).toBe(0);
  const found = await inStore(data, ({ registrations }) => registrations.readOwned(["users/ada"]));
  expect(found.map(({ address, deviceType }) => `${address} ${deviceType}`).sort()).toEqual([
    "a iOS",
    "b Android",
  ]);
});

test("a program is told as JSON, and the same file again changes nothing", async () => {
  const line = { fcm_token: "a", device_type: "iOS", user: "ada" };
  const { file, data } = write("devices.ndjson", `${JSON.stringify(line)}\n{}\n`);
  const refusals = [{ line: 2, reason: "fcm_token: is missing" }];
  const unknownTypes = { registrations: 0, types: [], others: 0 };
  const report = { imported: 1, refused: 1, refusals, unknownTypes };
  for (const _ of ["first", "second"]) {
    const { code, stdout } = await fanfare(["import", file, "--data", data, "--json"]);
    expect(JSON.parse(stdout)).toEqual(report);
    expect(code).toBe(0);
  }
  expect(await inStore(data, ({ registrations }) => registrations.size())).toBe(1);
});

test.concurrent.each([
  ["no line at all", ""],
  ["no row", HEADER],
  ["no good row", `${HEADER},,\n"x,iOS,u\n`],
])("exit code 1 where nothing was imported: %s", async (_, text) => {
  const { file, data } = write("devices.csv", text);
  const { code, stdout } = await fanfare(["import", file, "--data", data]);
  expect(stdout).toMatch(/^0 registrations imported/);
  expect(code).toBe(1);
});

test.concurrent.each([
  ["no header", "devices.csv", "1,2,3\n4,5,6\n", "file: the first line must name the columns"],
  ["no known ending", "devices.txt", HEADER, "file: "],
])("exit code 2 and no data file where the file is none to import: %s", async (_, name, text, message) => {
  const { file, data } = write(name, text);
  const { code, stderr } = await fanfare(["import", file, "--data", data]);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("    at ");
  expect(code).toBe(2);
  expect(readdirSync(data)).toEqual([name]);
});

test("device types that count as no platform are counted by name", async () => {
  const rows = ["a,FCM,ada", "b,iPhone,ada", "c,1,bob", "d,FCM,cleo", "e,ANDROID,dan"];
  const { file, data } = write("devices.csv", `${HEADER}${rows.join("\n")}\n`);
  const { stdout } = await fanfare(["import", file, "--data", data]);
  expect(stdout).toBe(`5 registrations imported, 0 lines refused.
3 of no known platform, which only broadcasts to all reach: "FCM" (2), "1" (1)
`);
  const { stdout: json } = await fanfare(["import", file, "--data", data, "--json"]);
  expect(JSON.parse(json).unknownTypes).toEqual({
    registrations: 3,
    types: [
      { type: "FCM", registrations: 2 },
      { type: "1", registrations: 1 },
    ],
    others: 0,
  });
});

test("devices lie in the collections that are set", async () => {
  const { file, data } = write("devices.csv", `${HEADER}a,iOS,ada\n`);
  const settings = { FANFARE_USERS_COLLECTION: "people", FANFARE_TOKENS_COLLECTION: "devices" };
  await fanfare(["import", file, "--data", data], settings);
  const found = await inStore(data, ({ registrations }) => registrations.readOwned(["people/ada"]));
  expect(found.map(({ path }) => path)).toEqual([expect.stringMatching(/^people\/ada\/devices\/\w+$/)]);
});

test("the folder is made where it is missing", async () => {
  const { file, data } = write("devices.csv", `${HEADER}a,iOS,ada\n`);
  const { code } = await fanfare(["import", file], { FANFARE_DATA: join(data, "new", "folder") });
  expect(code).toBe(0);
  expect(readdirSync(join(data, "new", "folder"))).toContain("fanfare.db");
});
