import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { broadcastsIn, makeFolder } from "@fanfare/local/testing/folder";
import { NOT_A_TIME } from "@fanfare/shared/domain/iso-time";
import { beforeEach, describe, expect, test } from "vitest";
import { fanfare } from "../testing/fanfare.ts";

const CONTENT = { notification_title: "Hello", notification_text: "World" };
const CONSOLE = { path: "ff_push_notifications/1", ...CONTENT, target_audience: "All" };
const APP = { path: "ff_user_push_notifications/2", ...CONTENT, user_refs: "users/ada", sender: "users/bob" };
const LATER = "2999-01-31T18:00:00.000Z";
const MOVED = "2999-02-28T18:00:00.000Z";

let folder: string;
beforeEach(() => {
  folder = makeFolder();
});

const run = (args: string[], settings: Record<string, string> = {}) =>
  fanfare([...args, "--data", folder], settings);

/** Imports documents, and gives what came of each. */
async function importAll(documents: unknown[], settings: Record<string, string> = {}) {
  const file = join(folder, "documents.ndjson");
  writeFileSync(file, documents.map((document) => JSON.stringify(document)).join("\n"));
  const { code, stdout, stderr } = await run(["ff", "import", file, "--json"], settings);
  return { code, stderr, taken: linesOf(stdout) };
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const phases = async () => (await broadcastsIn(folder)).map(({ phase }) => phase).toSorted();

describe("ff import", () => {
  test("takes documents as an app or the console writes them, and tells what came of each", async () => {
    const refused = { ...APP, path: "ff_user_push_notifications/3", notification_title: "" };
    const many = { ...APP, path: "ff_user_push_notifications/4", user_refs: "users/a,users/b,users/c" };
    const documents = [
      { ...CONSOLE, scheduled_time: LATER },
      APP,
      refused,
      many,
      // Again, with another time.
      { ...CONSOLE, scheduled_time: MOVED },
      { ...CONSOLE, path: "posts/1" },
      7,
    ];
    const { code, stderr, taken } = await importAll(documents, { FANFARE_APP_MAX_USERS: "2" });
    expect(code).toBe(0);
    const scheduled = {
      path: CONSOLE.path,
      kind: "sent",
      broadcastId: expect.any(String),
      state: "scheduled",
    };
    expect(taken).toEqual([
      scheduled,
      { path: APP.path, kind: "sent", broadcastId: expect.any(String), state: expect.any(String) },
      { path: refused.path, kind: "refused", reason: "notification_title must not be empty" },
      {
        path: many.path,
        kind: "refused",
        reason: "user_refs lists 3 users, and an app may notify 2 at a time",
      },
      scheduled,
    ]);
    expect(stderr).toContain(
      "line 6: path: must be a document of ff_push_notifications or ff_user_push_notifications",
    );
    expect(stderr).toContain("line 7: is no JSON object");
    const stored = await broadcastsIn(folder);
    expect(stored.filter(({ phase }) => phase === "scheduled")).toMatchObject([{ dueAt: Date.parse(MOVED) }]);

    const { stdout } = await run(["ff", "refused"]);
    expect(stdout).toContain(`${refused.path}, by users/bob: notification_title must not be empty`);
    expect(stdout).toContain("2 refused: 2 by users/bob.");
  });

  test("fails where nothing was taken, and names a file that is not there", async () => {
    const { code } = await importAll([{ ...CONSOLE, notification_text: "" }]);
    expect(code).toBe(1);
    const missing = await run(["ff", "import", join(folder, "none.ndjson")]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/^file: .*none\.ndjson cannot be read/);
  });
});

test("ff compare tells what shadow mode found", async () => {
  const nobody = { ...APP, user_refs: "", status: "succeeded", num_sent: 0 };
  const faulty = { ...CONSOLE, notification_text: "", status: "succeeded", num_sent: 3 };
  await importAll([nobody, faulty], { FANFARE_FLUTTERFLOW: "shadow" });
  const { stdout } = await run(["ff", "compare"]);
  expect(stdout).toContain(`${APP.path}: same, audience 0`);
  expect(stdout).toContain(`${CONSOLE.path}: different, audience 0`);
  expect(stdout).toContain("    status: theirs succeeded, ours failed (notification_text must not be empty)");
  expect(stdout).toContain("    num_sent: theirs 3, ours 0");
  expect(stdout).toContain("2 documents: 1 same, 1 different, 0 unfinished.");
});

test("ff hand-back lets go of what is scheduled, and ff catch-up takes it up again, once", async () => {
  await importAll([{ ...CONSOLE, scheduled_time: LATER }]);
  const back = await run(["ff", "hand-back"]);
  expect(back.stdout).toBe("1 scheduled broadcasts were handed back.\n");
  expect(await phases()).toEqual(["cancelled"]);

  const catchUp = () => run(["ff", "catch-up", "--since", "2020-01-01T00:00:00Z", "--json"]);
  const { stdout } = await catchUp();
  expect(linesOf(stdout)).toMatchObject([{ path: CONSOLE.path, kind: "sent", state: "scheduled" }]);
  expect(await broadcastsIn(folder)).toMatchObject([{ phase: "scheduled", dueAt: Date.parse(LATER) }]);
});

test.each([
  ["yesterday", NOT_A_TIME],
  ["2026-02-30T10:00:00Z", "names a day that does not exist: 2026-02-30"],
  ["2026-11-30T10:00:00", "has no zone, such as Z or +01:00"],
])("ff catch-up says why %s is not a time", async (time, reason) => {
  await importAll([]);
  const since = await run(["ff", "catch-up", "--since", time]);
  expect(since).toMatchObject({ code: 2, stderr: `--since: ${reason}\n` });
  const until = await run(["ff", "catch-up", "--since", "2020-01-01T00:00:00Z", "--until", time]);
  expect(until).toMatchObject({ code: 2, stderr: `--until: ${reason}\n` });
});
