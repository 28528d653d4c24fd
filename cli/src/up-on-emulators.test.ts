import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@fanfare/local/testing/folder";
import { childrenOf, isAlive } from "@fanfare/local/testing/processes";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { expect, onTestFinished, test, vi } from "vitest";
import { fanfare, start } from "./testing/fanfare.ts";

const CONTENT = ["--title", "Hello", "--text", "World", "--audience", "all", "--confirm", "1", "--json"];

/** Starts `fanfare up --emulators`, and resolves when it has said that it is up. */
async function startUp(project: string, ...args: string[]) {
  const up = start(["up", "--emulators", "--port", "0", ...args], { FANFARE_PROJECT: project });
  onTestFinished(() => void up.process.kill("SIGKILL"));
  return { ...up, told: await up.wrote("\n"), children: () => childrenOf(up.process.pid) };
}

describeOnEmulators("up on the emulators", ["pubsub", "firestore"], () => {
  test("sends, starts again what dies, and leaves nothing", { timeout: 90_000 }, async () => {
    const project = freshProject();
    const on = (...args: string[]) => fanfare([...args, "--project", project]);
    const up = await startUp(project, "--json", "--senders", "2", "--pull");
    const told = JSON.parse(up.told);
    expect(told).toMatchObject({ project, pubsub: process.env.PUBSUB_EMULATOR_HOST, simulated: true });
    expect(told.processes).toEqual(expect.arrayContaining(["scheduler", "sender 1", "sender 2"]));
    expect(Object.keys(told.urls)).not.toContain("sender");

    const resolver = up.children().find(({ command }) => command.includes("services/resolver/src/main.ts"));
    if (!resolver) throw new Error("the resolver has a process of its own");
    process.kill(resolver.pid, "SIGKILL");
    await vi.waitFor(() => {
      const again = up.children().find(({ command }) => command.includes("services/resolver/src/main.ts"));
      expect(again?.pid).not.toBe(resolver.pid);
      expect(again).toBeDefined();
    }, 20_000);

    const devices = join(makeFolder(), "devices.csv");
    writeFileSync(devices, "fcm_token,device_type,user\na,iOS,ada\n");
    await on("import", devices);
    const { broadcastId } = JSON.parse((await on("send", ...CONTENT)).stdout);
    const status = await on("status", broadcastId, "--wait", "--json");
    expect(JSON.parse(status.stdout)).toMatchObject({ resolved: 1, open: 0 });

    const children = up.children();
    expect(children).toHaveLength(told.processes.length);
    up.process.kill("SIGINT");
    const { code, stderr } = await up.ended;
    expect(stderr).toBe("the resolver ended by itself (SIGKILL); it is started again\n");
    expect(code).toBe(0);
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), 10_000);
  });
});

test.concurrent.each([
  [["--emulators", "--data", "here"], "--data: is for a data file"],
  [["--senders", "2"], "--senders: is only for --emulators"],
  [["--pull"], "--pull: is only for --emulators"],
  [["--emulators", "--port", "http"], "--port: must be a whole number"],
])("up %j is refused", async (args, message) => {
  const { code, stdout, stderr } = await fanfare(["up", ...args]);
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});
