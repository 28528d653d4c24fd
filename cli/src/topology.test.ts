import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const topology = (...flags: string[]) => fanfare(["topology", ...flags]);

describe("fanfare topology", () => {
  test.each([
    ["--project", []],
    ["--project", ["--project", "No Project"]],
    ["--prefix", ["--prefix", "goog"]],
    ["--push", ["--push", "singer=https://example.com"]],
    ["--push", ["--push", "sender"]],
    ["--push", ["--push", "sender=http://example.com"]],
    ["--push", ["--push", "sender=https://example.com", "--pull", "sender"]],
    ["--push-account", ["--push-account", "a@b"]],
    ["--pull", ["--pull", "send"]],
  ])("%s is refused by name: %j", async (flag, flags) => {
    const project = flag === "--project" ? [] : ["--project", "some-project"];
    const { stderr, code, stdout } = await topology(...project, ...flags);
    expect(stderr).toMatch(new RegExp(`^${flag}: `, "m"));
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("a function of version 0.1.0 is refused with what to write now", async () => {
    const old = ["--push", "scheduler.tick=https://example.com", "--pull", "sender.send"];
    const { stderr, code } = await topology("--project", "some-project", ...old);
    expect(stderr).toMatch(/^--push: "scheduler.tick": .* write --push scheduler=URL$/m);
    expect(stderr).toMatch(/^--pull: "sender.send": .* write --pull sender$/m);
    expect(code).toBe(2);
  });

  test("without credentials a person is told how to get them", async () => {
    const nobody = { PUBSUB_EMULATOR_HOST: "", GOOGLE_APPLICATION_CREDENTIALS: "/nowhere.json" };
    const { stderr, code } = await fanfare(["topology", "--project", "some-project"], nobody);
    expect(stderr).toContain("gcloud auth application-default login");
    expect(code).toBe(1);
  });
});

describeOnEmulators("fanfare topology on the emulator", ["pubsub"], () => {
  test("says each change in a line, first what it would do, and in the end that nothing is left", async () => {
    const project = ["--project", freshProject(), "--prefix", "x-"];
    const foreseen = await topology(...project, "--dry-run");
    expect(foreseen.stdout).toContain("would create topic x-broadcasts-due\n");
    const made = await topology(...project);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toBe(foreseen.stdout.replaceAll("would create", "created"));
    expect(await topology(...project)).toMatchObject({ code: 0, stdout: "nothing to change\n" });

    const push = ["--push", "scheduler=https://a.example.com/", "--push-account", "a@b.c"];
    const { stdout } = await topology(...project, ...push, "--json");
    const field = { field: "pushConfig", from: "pull", to: expect.stringContaining("as a@b.c") };
    const own = ["x-scheduler.tick", "x-scheduler.requests", "x-scheduler.bury"];
    const changes = own.map((name) => ({ action: "updated", kind: "subscription", name, fields: [field] }));
    expect(JSON.parse(stdout)).toMatchObject({
      emulator: true,
      dryRun: false,
      changes,
      grants: [],
    });
    const pulled = await topology(...project, "--pull", "scheduler");
    expect(pulled.stdout).toMatch(/^updated x-scheduler\.tick: pushConfig push to .* → pull\n/);
  });

  test("names topics as the services do that have the same settings, unless a flag says otherwise", async () => {
    const run = (...flags: string[]) =>
      fanfare(["topology", "--project", project, "--dry-run", ...flags], { FANFARE_TOPIC_PREFIX: "set-" });
    const project = freshProject();
    expect((await run()).stdout).toContain("would create topic set-broadcasts-due\n");
    expect((await run("--prefix", "x-")).stdout).toContain("would create topic x-broadcasts-due\n");
  });

  test("two processes at once both succeed", async () => {
    const project = ["--project", freshProject()];
    const results = await Promise.all([topology(...project), topology(...project)]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(await topology(...project)).toMatchObject({ code: 0, stdout: "nothing to change\n" });
  });
});
