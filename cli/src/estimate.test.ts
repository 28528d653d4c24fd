import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@fanfare/local/testing/folder";
import { beforeAll, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

let data: string;
beforeAll(async () => {
  data = makeFolder();
  const devices = join(data, "devices.csv");
  writeFileSync(devices, "fcm_token,device_type,user\na,iOS,ada\nb,Android,ada\nc,Android,bob\n");
  expect((await fanfare(["import", devices, "--data", data])).code).toBe(0);
});

const estimate = (...args: string[]) => fanfare(["estimate", ...args, "--data", data]);

test.concurrent("everybody is counted, with what it costs", async () => {
  const { code, stdout } = await estimate("--audience", "all");
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^3 registrations\nDocument reads on Firestore: 1 for this count, about \d+ to resolve\n$/,
  );
});

test.concurrent("listed users are counted, and those without a registration named", async () => {
  const { stdout } = await estimate("--users", "/users/ada, bob,nobody,users/ada,");
  expect(stdout).toContain("3 registrations\n1 of 3 listed users have none: users/nobody\n");
});

test.concurrent("a program gets everything", async () => {
  const { stdout } = await estimate("--users", "ada,nobody", "--audience", "ios", "--json");
  expect(JSON.parse(stdout)).toEqual({
    registrations: 1,
    usersWithout: ["users/nobody"],
    reads: { estimate: 2, resolve: 2 },
  });
});

test.concurrent.each([
  [["--users", "posts/a"], '--users: "posts/a" is not a document of users\n'],
  [["--users", ","], "--users: must list at least one user\n"],
  [["--audience", "everyone"], "--audience: must be all, android or ios"],
  [[], "--audience: is missing"],
])("%j is refused", async (args, message) => {
  const { code, stdout, stderr } = await estimate(...args);
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test("registrations of no known platform are counted by name, and said to be reached by all alone", async () => {
  const folder = makeFolder();
  const devices = join(folder, "devices.csv");
  writeFileSync(devices, "fcm_token,device_type,user\na,iPhone,ada\nb,FCM,ada\nc,FCM,bob\nd,1,bob\n");
  expect((await fanfare(["import", devices, "--data", folder])).code).toBe(0);
  const run = async (...args: string[]) => (await fanfare(["estimate", ...args, "--data", folder])).stdout;
  const reaches = 'of no known platform, which only --audience all reaches: "FCM" (2), "1" (1)\n';
  expect(await run("--audience", "all")).toContain(`4 registrations\nAmong these 3 ${reaches}`);
  expect(await run("--audience", "ios")).toContain(`1 registrations\nBeside these 3 ${reaches}`);
  expect(await run("--users", "ada,bob")).not.toContain("platform");
  expect(JSON.parse(await run("--audience", "ios", "--json"))).toMatchObject({
    registrations: 1,
    unknownTypes: { registrations: 3, types: [{ type: "FCM", registrations: 2 }, {}], others: 0 },
  });
});
