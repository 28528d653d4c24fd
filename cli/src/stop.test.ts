import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { hold } from "@fanfare/shared/broadcasts/hold";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { noCounts } from "@fanfare/shared/domain/plan-chunks";
import { pause } from "@fanfare/shared/operations/pause";
import type { Store } from "@fanfare/shared/store";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { describe, expect, test, vi } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

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

describe("a broadcast that is held for what FCM refuses", () => {
  const held = { reason: "400 no", by: "sender", at: 1, doubts: "CONTENT_REFUSED" };

  test("goes on without the members that FCM refuses, and says so from then on", async () => {
    const { id, on, stored } = await prepare({ gates: { held } });
    const hint =
      `(fanfare resume ${id} --held tries again; with --accept-refusals it rejects the devices that FCM refuses ` +
      "and sends to the rest)";
    expect((await on("status")).stdout).toContain(`running, held by the sender: 400 no ${hint}\n`);
    const resumed = await on("resume", "--held", "--accept-refusals", "--reason", "few");
    expect(resumed).toEqual({ code: 0, stderr: "", stdout: `${id}: running\n2 open\n` });
    const accepts = { code: "CONTENT_REFUSED", reason: "400 no", by: COMMAND };
    expect(await stored()).toMatchObject({ gates: {}, accepts: [accepts] });
    expect(await stored()).not.toHaveProperty("trial");
    expect((await on("status")).stdout).toMatch(
      /\nRefusals accepted: CONTENT_REFUSED, by .*command.*: 400 no\n/,
    );
    expect(JSON.parse((await on("status", "--json")).stdout)).toMatchObject({
      accepts: [{ ...accepts, at: expect.stringMatching(/Z$/) }],
    });
    expect((await on("audit")).stdout).toMatch(/ accept by .*: few {2}\[running, held → running\]\n$/);
    expect(await on("resume", "--held", "--accept-refusals")).toMatchObject({ code: 1 });
  });

  test("is tried again by resume --held alone", async () => {
    const { on, stored } = await prepare({ gates: { held } });
    expect(await on("resume", "--held")).toMatchObject({ code: 0 });
    expect(await stored()).toMatchObject({ trial: 1, gates: {} });
    expect(await stored()).not.toHaveProperty("accepts");
  });

  test("is not resumed by --accept-refusals where that would not help, or without --held", async () => {
    const gate = { ...held, doubts: "CREDENTIAL_REFUSED" };
    const { on, stored } = await prepare({ gates: { held: gate } });
    const refusal = "--accept-refusals: cannot be used here: the credential is refused (400 no)";
    expect(await on("resume", "--held", "--accept-refusals")).toEqual({
      ...{ code: 2, stdout: "" },
      stderr: `${refusal}; mend the cause, then resume without it\n`,
    });
    const alone = await on("resume", "--accept-refusals");
    expect(alone).toEqual({ code: 2, stdout: "", stderr: "--accept-refusals: is only for --held\n" });
    expect(await stored()).toMatchObject({ gates: { held: gate }, version: 1 });
    expect((await on("status")).stdout).toContain("--held goes on)");
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
