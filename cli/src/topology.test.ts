import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const topology = (...flags: string[]) => fanfare(["topology", ...flags]);

describe("fanfare topology", () => {
  test.each([
    ["--project", []],
    ["--project", ["--project", "No Project"]],
    ["--prefix", ["--prefix", "goog"]],
    ["--push", ["--push", "sender.sing=https://example.com"]],
    ["--push", ["--push", "sender.send"]],
    ["--push", ["--push", "sender.send=http://example.com"]],
    ["--push", ["--push", "sender.send=https://example.com", "--pull", "sender.send"]],
    ["--push-account", ["--push-account", "a@b"]],
    ["--pull", ["--pull", "send"]],
  ])("%s is refused by name: %j", async (flag, flags) => {
    const project = flag === "--project" ? [] : ["--project", "some-project"];
    const { stderr, code, stdout } = await topology(...project, ...flags);
    expect(stderr).toMatch(new RegExp(`^${flag}: `, "m"));
    expect(stdout).toBe("");
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

    const push = ["--push", "scheduler.tick=https://a.example.com/tick", "--push-account", "a@b.c"];
    const { stdout } = await topology(...project, ...push, "--json");
    const field = { field: "pushConfig", from: "pull", to: expect.stringContaining("as a@b.c") };
    const change = { action: "updated", kind: "subscription", name: "x-scheduler.tick", fields: [field] };
    expect(JSON.parse(stdout)).toMatchObject({
      emulator: true,
      dryRun: false,
      changes: [change],
      grants: [],
    });
    const pulled = await topology(...project, "--pull", "scheduler.tick");
    expect(pulled.stdout).toMatch(/^updated x-scheduler\.tick: pushConfig push to .* → pull\n$/);
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
