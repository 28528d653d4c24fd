import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@fanfare/local/testing/folder";
import { describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const COMMANDS = [
  "up",
  "demo",
  "import",
  "send",
  "status",
  "failures",
  "pause",
  "resume",
  "cancel",
  "retry",
  "correct",
  "doctor",
  "prune",
];

test("help names every command, and every command has its own", async () => {
  const { code, stdout } = await fanfare(["--help"]);
  expect(code).toBe(0);
  for (const name of COMMANDS) expect(stdout).toContain(`\n  ${name} `);
  const own = await Promise.all(COMMANDS.map((name) => fanfare([name, "--help"])));
  for (const [index, { code, stdout }] of own.entries()) {
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: fanfare ${COMMANDS[index]} `);
    expect(stdout).toContain("--json");
    expect(stdout).toContain("--data");
  }
});

describe("a command line that cannot be understood is refused with exit code 2", () => {
  test.concurrent.each([
    [["nonsense"], "unknown command 'nonsense'"],
    [[], "Usage: fanfare"],
    [["status"], "missing required argument 'id'"],
    [["send", "--colour", "red"], "unknown option '--colour'"],
    [["send", "--confirm"], "option '--confirm <number>' argument missing"],
    [["up", "--port", "http"], "--port: must be a whole number from 0 to 65535"],
    [["demo", "--registrations", "many"], "--registrations: must be a whole number"],
    [["failures", "x", "--format", "xml"], "--format: must be csv or ndjson"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await fanfare(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });
});

describe("a data folder that cannot be used is refused with exit code 2", () => {
  const folder = () => {
    const path = makeFolder();
    writeFileSync(join(path, "file"), "text");
    mkdirSync(join(path, "none"));
    writeFileSync(join(path, "none", "fanfare.db"), "x".repeat(10_000));
    writeFileSync(join(path, "devices.csv"), "fcm_token,device_type,user\na,iOS,u\n");
    return path;
  };

  test.concurrent.each([
    ["a file", "file", "--data: "],
    ["below a file", "file/below", "--data: "],
    ["no name", "", "--data: must name a folder"],
    ["a data file that is none", "none", "none/fanfare.db cannot be opened as a data file"],
  ])("%s", async (_, name, message) => {
    const path = folder();
    const data = name === "" ? "" : join(path, name);
    const { code, stderr } = await fanfare(["import", join(path, "devices.csv"), "--data", data]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(2);
  });

  test("up does not go on without one", async () => {
    const { code, stderr } = await fanfare(["up", "--port", "0", "--data", join(folder(), "file")]);
    expect(stderr).toContain("--data: ");
    expect(code).toBe(2);
  });

  test.concurrent.each(["status", "failures", "cancel", "audit", "restore"])(
    "%s makes none",
    async (name) => {
      const path = makeFolder();
      const { code, stderr } = await fanfare([name, "b123", "--data", path]);
      expect(stderr).toContain("--data: there is no data file in");
      expect(code).toBe(2);
      expect(readdirSync(path)).toEqual([]);
    },
  );
});

test("a setting of the environment that is wrong is named", async () => {
  const settings = { FANFARE_LEASE_SECONDS: "soon" };
  const { code, stderr } = await fanfare(["up", "--port", "0", "--data", makeFolder()], settings);
  expect(stderr).toContain("FANFARE_LEASE_SECONDS");
  expect(code).toBe(2);
});
