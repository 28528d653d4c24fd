import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@fanfare/local/testing/folder";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const CONTENT = ["--title", "Hello", "--text", "World", "--audience", "all", "--confirm", "2"];
const DAY_MS = 86_400_000;
const SHIFT_DATE = JSON.stringify(import.meta.resolve("@fanfare/shared/testing/shift-date"));
const HOSTS = { PUBSUB_EMULATOR_HOST: "", FIRESTORE_EMULATOR_HOST: "" };

/** The settings of a process whose clock is so far ahead of all others'. */
function withClock(aheadMs: number) {
  const code = `import { shiftDate } from ${SHIFT_DATE}; shiftDate(${aheadMs});`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

describeOnEmulators("commands on a project", ["pubsub", "firestore"], () => {
  test("every command on an installation works without a data file", {
    timeout: 120_000,
  }, async () => {
    const [project, folder] = [freshProject(), makeFolder()];
    // The variable alone changes nothing: a data file is as it was.
    const settings = { FANFARE_DATA: join(folder, "none"), FANFARE_PROJECT: project };
    const on = (...args: string[]) => fanfare([...args, "--project", project], settings);
    const devices = join(folder, "devices.csv");
    writeFileSync(devices, "fcm_token,device_type,user\na,iOS,ada\nb,Android,bob\n");
    expect((await on("topology")).code).toBe(0);
    expect((await on("import", devices)).stdout).toBe("2 registrations imported, 0 lines refused.\n");

    expect((await on("estimate", "--users", "ada,eve", "--audience", "ios")).stdout).toContain(
      "1 registrations\n1 of 2 listed users have none: users/eve\n",
    );
    const sent = await on("send", ...CONTENT, "--json");
    expect(sent.stderr).toBe("");
    const { broadcastId: id, ...answer } = JSON.parse(sent.stdout);
    expect(answer).toMatchObject({ state: "running", registrations: 2 });
    const later = await on("send", ...CONTENT, "--at", "2099-01-01T00:00Z");
    expect(later.stdout).toContain("is scheduled for 2099-01-01T00:00:00.000Z, to 2 registrations.\n");
    const [list, status, failures, prune, restore, doctor] = await Promise.all([
      on("list"),
      on("status", id),
      on("failures", id),
      on("prune", id),
      on("restore", id, "--json"),
      on("doctor", "--json"),
    ]);
    expect(list.stdout).toMatch(/scheduled for 2099.*\n.* running\n$/);
    expect(status.stdout).toContain(`${id}  "Hello"  running\n`);
    expect(failures).toEqual({ code: 0, stdout: "path,kind,address,outcome,code,says\n", stderr: "" });
    expect(prune.stdout).toContain("is not withheld: the broadcast has not finished");
    expect(JSON.parse(restore.stdout)).toMatchObject({ broadcastId: id, restored: 0, userGone: 0 });
    const [clock, ...others] = JSON.parse(doctor.stdout).findings;
    expect(clock).toMatchObject({ check: "clock", message: "no tick has ever gone through" });
    expect(others.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(await on("pause", id)).toMatchObject({ code: 0, stdout: expect.stringContaining("paused by") });
    expect(await on("resume", id)).toMatchObject({ code: 0, stdout: `${id}: running\n` });
    expect(await on("cancel", id)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("cancelled by"),
    });
    expect((await on("audit", id)).stdout.trimEnd().split("\n")).toHaveLength(4);
    expect(await fanfare(["list"], settings)).toMatchObject({ code: 2, stdout: "" });
  });

  test.each([
    ["ahead", DAY_MS],
    ["behind", -DAY_MS],
  ])("a laptop whose clock is a day %s goes by the project's time", async (_, aheadMs) => {
    const project = freshProject();
    const on = (...args: string[]) => fanfare([...args, "--project", project], withClock(aheadMs));
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const sent = await on("send", ...CONTENT, "--at", at);
    expect(sent.stdout).toContain(`is scheduled for ${at}`);
    const [id = ""] = sent.stdout.split(" ");
    const [doctor, audit] = await Promise.all([on("doctor", "--json"), on("audit", id)]);
    const { findings } = JSON.parse(doctor.stdout);
    const faults = findings.filter(({ ok }: { ok: boolean }) => !ok);
    expect(faults.map(({ check }: { check: string }) => check)).toEqual(["clock"]);
    const [askedAt = ""] = audit.stdout.split(" ");
    expect(Math.abs(Date.parse(askedAt) - Date.now())).toBeLessThan(3_600_000);
  });
});

test.concurrent.each([
  [["list", "--data", "here"], "--data: is for a data file, which an installation on a --project has not"],
  [["send", ...CONTENT, "--data-dir", "here"], "--data: is for a data file"],
  [["import", "nothing.csv", "--data", "here"], "--data: is for a data file"],
])("%j with --project is refused", async (args, message) => {
  const { code, stdout, stderr } = await fanfare([...args, "--project", "demo-project"]);
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test.concurrent.each<[string, string, Record<string, string>, RegExp, number]>([
  ["an id that is none", "X", {}, /^--project: is not a project's id\n$/, 2],
  ["one emulator", "demo-project", { FIRESTORE_EMULATOR_HOST: "127.0.0.1:1" }, /^Set both PUBSUB_/, 2],
  ["no credentials", "demo-project", { GOOGLE_APPLICATION_CREDENTIALS: "/none" }, /credentials/i, 1],
])("%s is told in words", async (_, project, settings, message, exitCode) => {
  const { code, stderr } = await fanfare(["list", "--project", project], { ...HOSTS, ...settings });
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("    at ");
  expect(code).toBe(exitCode);
});
