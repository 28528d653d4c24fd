import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { emptyBooks } from "@fanfare/shared/domain/books";
import { finish } from "@fanfare/shared/domain/phases";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

test("lists the latest first, all or those of one state", async () => {
  const folder = makeFolder();
  const early = { ...makeBroadcast("early"), createdAt: 1_000, phase: "scheduled" as const, dueAt: 3_000 };
  const late = { ...makeBroadcast("late"), createdAt: 2_000, phase: "failed" as const, fault: "of its own" };
  await inStore(folder, async ({ broadcasts }) => {
    await broadcasts.create(early);
    await broadcasts.create(late);
  });
  const all = await fanfare(["list", "--data", folder]);
  const lines = all.stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.split(" ", 1)[0])).toEqual([late.id, early.id]);
  expect(lines[0]).toContain("failed: of its own");
  expect(lines[1]).toContain("scheduled for 1970-01-01T00:00:03.000Z");

  const { stdout, code } = await fanfare(["list", "--state", "scheduled", "--json", "--data", folder]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ broadcastId: early.id, state: "scheduled" });
});

test("a success most of whose audience was late says so, here and in its status", async () => {
  const folder = makeFolder();
  const books = { ...emptyBooks(), late: 100 };
  const finished = finish(makeBroadcast("late"), books, 1_800_000_000_000);
  await inStore(folder, ({ broadcasts }) => broadcasts.create(finished));
  const words = "succeeded: 100 of 100 registrations came after the release and were left out";
  const lines = await Promise.all(
    [["list"], ["status", finished.id]].map((command) => fanfare([...command, "--data", folder])),
  );
  expect(lines.map(({ stdout }) => stdout)).toEqual(Array(2).fill(expect.stringContaining(words)));
  const { stdout } = await fanfare(["list", "--json", "--data", folder]);
  expect(JSON.parse(stdout).remark).toContain("100 of 100 registrations");
});

test.each([
  ["--state", "done"],
  ["--limit", "0"],
])("%s %s is refused with exit code 2", async (flag, value) => {
  const { stderr, code } = await fanfare(["list", flag, value]);
  expect(stderr).toContain(`${flag}: must be`);
  expect(code).toBe(2);
});
