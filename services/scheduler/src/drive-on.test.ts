import { certainClock } from "@fanfare/shared/clock";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import { createLog } from "@fanfare/shared/hosting/log";
import { pause } from "@fanfare/shared/operations/pause";
import { resume } from "@fanfare/shared/operations/resume";
import { CATCH_UP_MS } from "@fanfare/shared/operations/submit";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flutterflowDefaults } from "./flutterflow/settings.ts";
import { type TickDeps, tick } from "./tick.ts";

const MINUTE_MS = 60_000;
const STUCK_MS = 10 * MINUTE_MS;
const NO_COUNTS = { read: 0, withoutAddress: 0, late: 0 };
const { id: ID } = makeBroadcast("slow");
const ROOT = rangeId(ID, 0);
const BY = { by: "ada" };

let store: TestStore;
let deps: TickDeps;
/** What was logged as an error, and as a warning. */
let told: { errors: object[]; warnings: object[] };
beforeEach(async () => {
  store = createStore();
  told = { errors: [], warnings: [] };
  const log = Object.assign(createLog("scheduler", "silent"), {
    error: (about: object) => void told.errors.push(about),
    warn: (about: object) => void told.warnings.push(about),
  });
  const rules = { usersCollection: "users", catchUpMs: CATCH_UP_MS, longestMs: LONGEST_MS };
  deps = { ...store, ...rules, ...flutterflowDefaults, clock: certainClock, log, stuckMs: STUCK_MS };
  await store.broadcasts.create(makeBroadcast("slow"));
});
afterEach(() => store.close());

/** Makes chunks of one member each, which nobody has claimed yet. */
async function plan(count: number): Promise<string[]> {
  const chunks = Array.from({ length: count }, (_, index) => makeMembers(1, index));
  await store.ledger.openPlanned(ID, { chunks, cursor: "z", counts: NO_COUNTS });
  return chunks.map((_, index) => chunkId(ROOT, index));
}

async function claim(id: string): Promise<number> {
  const claimed = await store.ledger.claimChunk(id, "repeat");
  if (claimed.kind !== "claimed") throw new Error(claimed.kind);
  return claimed.epoch;
}

async function settle(id: string): Promise<void> {
  const progress = { open: [], unsure: [], maybe: [], outcomes: {} };
  await store.ledger.settleChunk(id, await claim(id), progress);
}

/** One tick a minute. */
async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await store.advance(MINUTE_MS);
    await tick(deps);
  }
}

const stored = async () => (await store.broadcasts.get(ID)) as Broadcast;
const sent = () => store.waiting("sender.chunks").length;

test("a broadcast that is over quickly is not looked at", async () => {
  await plan(1);
  await pass(1);
  expect(await stored()).toMatchObject({ version: 1 });
  await settle(chunkId(ROOT, 0));
  await tick(deps);
  expect(await stored()).toMatchObject({ phase: "succeeded", version: 3 });
});

test("it is looked at, and written to, every fifth of the set time at most", async () => {
  await plan(1);
  for (let second = 0; second < 300; second++) {
    await store.advance(1_000);
    await tick(deps);
  }
  const at = START + 2 * MINUTE_MS;
  const standstill = { mark: expect.any(String), at, lookedAt: at + 2 * MINUTE_MS };
  expect(await stored()).toMatchObject({ version: 3, standstill });
});

describe("a broadcast that stands still", () => {
  test("is reported once for each set time, with why, since when, and no address", async () => {
    await plan(2);
    await pass(11);
    expect(told.errors).toEqual([]);
    await pass(1);
    const why = "chunks that nobody took up: 2 (is a sender running, with quota to spare?)";
    const since = new Date(START + 2 * MINUTE_MS).toISOString();
    expect(told.errors).toEqual([{ broadcastId: ID, why, since }]);
    expect((await stored()).standstill).toMatchObject({ why, at: START + 2 * MINUTE_MS });
    await pass(9);
    expect(told.errors).toHaveLength(1);
    await pass(1);
    expect(told.errors).toHaveLength(2);
    expect(JSON.stringify([told, await stored()])).not.toContain("address-");
  });

  test("has its work hinted at by the same tick, however long its waits had become", async () => {
    const [id = ""] = await plan(1);
    await claim(id);
    await pass(11);
    const before = sent();
    await store.ledger.hinted([{ kind: "chunk", id }]);
    expect(await store.ledger.hints(10)).toEqual([]);
    await pass(1);
    expect(sent()).toBe(before + 1);
    expect(told.errors).toMatchObject([{ why: "chunks whose sender died: 1 (is a sender running?)" }]);
  });

  test("is roused a little while nobody is there, and whole when it moves again", async () => {
    const ids = await plan(500);
    await pass(11);
    const hints = await store.ledger.hints(1_000);
    await store.ledger.hinted(hints);
    const before = sent();
    await pass(1);
    expect(sent() - before).toBe(200);
    await settle(ids[0] ?? "");
    const stood = sent();
    await pass(2);
    expect(sent() - stood).toBeGreaterThanOrEqual(499);
    expect((await stored()).standstill?.why).toBeUndefined();
    expect(told.warnings).toEqual([{ broadcastId: ID }]);
  });

  test("is reported once, however many ticks there are at once", async () => {
    await plan(1);
    await pass(11);
    await store.advance(MINUTE_MS);
    await Promise.all([tick(deps), tick(deps), tick(deps)]);
    expect(told.errors).toHaveLength(1);
  });

  test("though it was never begun is reported too", async () => {
    await pass(12);
    expect(told.errors).toMatchObject([{ why: expect.stringContaining("nothing of it is open") }]);
    await store.ledger.openRoot(ID);
    await pass(14);
    expect(told.errors.at(-1)).toMatchObject({
      why: "ranges that nobody took up: 1 (is a resolver running?)",
    });
  });

  test("behind gates that are open has what was put aside taken up again", async () => {
    const [id = ""] = await plan(1);
    await pause(deps, ID, BY);
    const epoch = await claim(id);
    await store.ledger.parkChunk(id, epoch, { open: [0], unsure: [], maybe: [], outcomes: {} });
    const { gates: _, ...open } = await stored();
    await store.broadcasts.replace({ ...open, gates: {} });
    await pass(12);
    expect(told.errors).toMatchObject([
      { why: expect.stringContaining("put aside though no gate is closed: 1") },
    ]);
    expect(await store.ledger.claimChunk(id, "repeat")).toMatchObject({ kind: "claimed" });
  });
});

test("a page that is read and an outcome that is noted are progress", async () => {
  await store.ledger.openRoot(ID);
  const claimed = await store.ledger.claimRange(ROOT);
  if (claimed.kind !== "claimed") throw new Error(claimed.kind);
  const { epoch } = claimed;
  await pass(9);
  const page = { chunks: [], counts: NO_COUNTS, published: 0 };
  await store.ledger.addPage(ROOT, epoch, { ...page, from: "", cursor: "m" });
  await pass(9);
  await store.ledger.addPage(ROOT, epoch, { ...page, chunks: [makeMembers(2)], from: "m", cursor: "z" });
  await store.ledger.closeRange(ROOT, epoch, NO_COUNTS);
  await pass(9);
  const id = chunkId(ROOT, 0);
  const progress = { open: [1], unsure: [], maybe: [], outcomes: {} };
  await store.ledger.noteProgress(id, await claim(id), progress);
  await pass(9);
  expect(told.errors).toEqual([]);
});

test("a broadcast that is paused waits for a person, and starts anew when it is resumed", async () => {
  await plan(1);
  await pass(10);
  await pause(deps, ID, BY);
  await pass(1);
  const { version, standstill } = await stored();
  expect(standstill).toBeUndefined();
  await pass(30);
  expect(await stored()).toMatchObject({ version });
  await resume(deps, ID, "paused", BY);
  await pass(10);
  expect(told.errors).toEqual([]);
  await pass(2);
  expect(told.errors).toHaveLength(1);
});

test("one that cannot be looked at does not keep others from their hints", async () => {
  await plan(1);
  const standing = () => Promise.reject(new Error("out of order"));
  deps = { ...deps, ledger: { ...store.ledger, standing } };
  await pass(10);
  expect(sent()).toBeGreaterThan(0);
  expect(told.warnings).toContainEqual({ broadcastId: ID, error: "Error: out of order" });
});

test("a tick notes that it went through, and one that fails does not", async () => {
  await pass(1);
  expect(await store.health.sinceTick()).toBe(0);
  const due = () => Promise.reject(new Error("out of order"));
  deps = { ...deps, broadcasts: { ...store.broadcasts, due } };
  await expect(pass(1)).rejects.toThrow("out of order");
  expect(await store.health.sinceTick()).toBe(MINUTE_MS);
});
