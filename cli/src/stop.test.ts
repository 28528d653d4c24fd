import { hold, pause } from "@fanfare/shared/broadcasts/gates";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { noCounts } from "@fanfare/shared/domain/plan-chunks";
import type { Store } from "@fanfare/shared/runtime/store";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { describe, expect, test, vi } from "vitest";
import { fanfare } from "./testing/fanfare.ts";
import { inStore, makeFolder } from "./testing/folder.ts";

const COMMAND = expect.stringContaining("command");

/** A folder with a broadcast whose audience is two chunks of one member, and how to run a command on that. */
async function prepare(fields: Partial<Broadcast> = {}) {
  const folder = makeFolder();
  const { id } = makeBroadcast("stop");
  await inStore(folder, async ({ broadcasts, ledger }) => {
    await broadcasts.create(makeBroadcast("stop", fields));
    const chunks = [makeMembers(1), makeMembers(1, 1)];
    if (fields.phase !== "scheduled")
      await ledger.openPlanned(id, { chunks, cursor: "z", counts: noCounts() });
  });
  const stored = () => inStore(folder, ({ broadcasts }) => broadcasts.get(id));
  const on = (...args: string[]) => fanfare([...args, id, "--data", folder]);
  return { id, stored, on, inIt: (work: (store: Store) => Promise<void>) => inStore(folder, work) };
}

describe("pause and resume", () => {
  test("stop a broadcast and let it go on, with the reason for all to see", async () => {
    const { id, on, stored } = await prepare();
    const paused = await on("pause", "--reason", "typo?");
    expect(paused).toMatchObject({ code: 0, stderr: "" });
    expect(paused.stdout).toMatch(
      /: running, paused by .*command.*: typo\? \(fanfare resume \S+ goes on\)\n2 open\n$/,
    );
    expect(await stored()).toMatchObject({ gates: { paused: { by: COMMAND, reason: "typo?" } } });
    expect((await on("status", "--wait")).stdout).toContain("paused by");
    expect(await on("resume")).toMatchObject({ code: 0, stdout: `${id}: running\n2 open\n` });
    expect(await stored()).toMatchObject({ gates: {}, owes: [] });
    const again = await on("resume", "--json");
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({
      broadcastId: id,
      done: false,
      state: "running",
      open: 2,
    });
  });

  test("leave a hold to be resumed by its name", async () => {
    const { on, stored, inIt } = await prepare();
    await inIt(async (store) => {
      const { id } = makeBroadcast("stop");
      await hold(store.broadcasts, id, "bad payload", "sender", 1);
      await pause({ ...store, now: Date.now }, id, { by: "ada" });
    });
    const resumed = await on("resume");
    expect(resumed.stdout).toContain("running, held by the sender: bad payload (fanfare resume");
    expect((await stored())?.gates).toMatchObject({ held: { reason: "bad payload" } });
    expect(await on("resume")).toMatchObject({ code: 1 });
    expect(await on("resume", "--held")).toMatchObject({ code: 0 });
  });
});

describe("cancel", () => {
  test("ends what is not sent yet, says what became of it, and cannot be undone", async () => {
    const { on, stored } = await prepare();
    const cancelled = await on("cancel", "--reason", "wrong text");
    expect(cancelled).toMatchObject({ code: 0, stderr: "" });
    expect(cancelled.stdout).toMatch(/: cancelled by .*command.*: wrong text\n2 cancelled\n$/);
    expect(await stored()).toMatchObject({ phase: "cancelled", books: { cancelled: 2, open: 0 } });
    expect(await on("cancel")).toMatchObject({ code: 0 });
    expect(await on("pause")).toMatchObject({ code: 1 });
  });

  test("waits until what a dead sender holds can be told: unknown", async () => {
    const { id, on, inIt } = await prepare();
    vi.stubEnv("FANFARE_LEASE_SECONDS", "2");
    await inIt(async ({ ledger }) => void (await ledger.claimChunk(chunkId(rangeId(id, 0), 0), "repeat")));
    vi.unstubAllEnvs();
    const { code, stdout } = await on("cancel", "--json");
    expect(code).toBe(0);
    const counts = { unknown: 1, cancelled: 1, open: 0 };
    expect(JSON.parse(stdout)).toMatchObject({ done: true, state: "cancelled", ...counts });
  });

  test("keeps a scheduled broadcast from ever being released", async () => {
    const { on, stored } = await prepare({ phase: "scheduled", releasedAt: null });
    expect(await on("cancel")).toMatchObject({ code: 0 });
    expect(await stored()).toMatchObject({ phase: "cancelled", releasedAt: null, books: { resolved: 0 } });
  });

  test("changes nothing about what has finished", async () => {
    const { id, on } = await prepare({ phase: "succeeded" });
    expect(await on("cancel")).toMatchObject({ code: 1, stdout: `${id}: succeeded\n2 open\n` });
  });
});

test("audit tells who did what, in words and for programs", async () => {
  const { id, on, inIt } = await prepare();
  await inIt(
    async (store) => void (await pause({ ...store, now: Date.now }, id, { by: "ada", reason: "typo?" })),
  );
  await on("cancel");
  const lines = (await on("audit")).stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^\S+Z {2}submit by test {2}\[running\]$/);
  expect(lines[1]).toMatch(/ pause by ada: typo\? {2}\[running → running, paused\]$/);
  const entries = (await on("audit", "--json")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(entries[2]).toMatchObject({
    broadcastId: id,
    what: "cancel",
    by: COMMAND,
    before: { phase: "running", closed: ["paused"] },
    after: { phase: "running", closed: ["cancelled"] },
  });
});
