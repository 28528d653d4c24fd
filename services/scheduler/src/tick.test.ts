import { certainClock } from "@fanfare/shared/clock";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import { createLog } from "@fanfare/shared/hosting/log";
import { cancel } from "@fanfare/shared/operations/cancel";
import { pause } from "@fanfare/shared/operations/pause";
import { resume } from "@fanfare/shared/operations/resume";
import { CATCH_UP_MS } from "@fanfare/shared/operations/submit";
import { START } from "@fanfare/shared/testing/clock";
import { createFailingBus, type FailingBus } from "@fanfare/shared/testing/failing-bus";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flutterflowDefaults } from "./flutterflow/settings.ts";
import { type TickDeps, tick } from "./tick.ts";

const MINUTE_MS = 60_000;
const STUCK_MS = 10 * MINUTE_MS;
const NEVER_CLAIMED_MS = 10 * MINUTE_MS;
const NO_COUNTS = { read: 0, withoutAddress: 0, late: 0 };

let store: TestStore;
let bus: FailingBus;
let deps: TickDeps;
beforeEach(() => {
  store = createStore();
  bus = createFailingBus(store.bus);
  deps = {
    ...store,
    bus,
    clock: certainClock,
    usersCollection: "users",
    catchUpMs: CATCH_UP_MS,
    longestMs: LONGEST_MS,
    stuckMs: STUCK_MS,
    ...flutterflowDefaults,
    log: createLog("scheduler", "silent"),
  };
});
afterEach(() => store.close());

/** Stores broadcasts that wait for their time. */
async function schedule(count: number, dueAt: number): Promise<Broadcast[]> {
  const made = Array.from({ length: count }, (_, index) =>
    makeBroadcast(`at ${dueAt} number ${index}`, { phase: "scheduled", dueAt, releasedAt: null }),
  );
  for (const broadcast of made) await store.broadcasts.create(broadcast);
  return made;
}

/** A running broadcast whose audience is one chunk, resolved and never claimed. */
async function makeChunk(name: string, fields: Partial<Broadcast> = {}): Promise<string> {
  const { id } = makeBroadcast(name, fields);
  await store.broadcasts.create(makeBroadcast(name, fields));
  const root = await store.ledger.openRoot(id);
  const claim = await store.ledger.claimRange(root);
  if (claim.kind !== "claimed") throw new Error(claim.kind);
  const chunks = [makeMembers(2)];
  const page = { from: "", cursor: "z", chunks, counts: NO_COUNTS, published: 0 };
  await store.ledger.addPage(root, claim.epoch, page);
  await store.ledger.closeRange(root, claim.epoch, NO_COUNTS);
  return chunkId(root, 0);
}

const dueIds = () => store.waiting("resolver.due").map(({ broadcastId }) => broadcastId);
const phaseOf = async (id: string) => (await store.broadcasts.get(id))?.phase;

describe("releasing", () => {
  test("takes everything whose time has come, however long ago, and nothing else", async () => {
    const [missed] = await schedule(1, START - 30 * 24 * 60 * MINUTE_MS);
    const [due] = await schedule(1, START);
    const [later] = await schedule(1, START + 1);
    expect(await tick(deps)).toMatchObject({ released: 2 });
    expect(dueIds()).toEqual([missed?.id, due?.id]);
    expect(await phaseOf(later?.id ?? "")).toBe("scheduled");
    await store.advance(1);
    expect(await tick(deps)).toMatchObject({ released: 1 });
    expect(dueIds()).toEqual([missed?.id, due?.id, later?.id]);
  });

  test("notes the time of the release, which decides who is in the audience", async () => {
    const [made] = await schedule(1, START);
    await store.advance(5 * MINUTE_MS);
    await tick(deps);
    const released = { phase: "running", dueAt: START, releasedAt: START + 5 * MINUTE_MS, owes: [] };
    expect(await store.broadcasts.get(made?.id ?? "")).toMatchObject(released);
  });

  test("by five ticks at once happens once each", async () => {
    const made = await schedule(50, START);
    const reports = await Promise.all(Array.from({ length: 5 }, () => tick(deps)));
    expect(reports.reduce((sum, { released }) => sum + released, 0)).toBe(50);
    expect(new Set(dueIds())).toEqual(new Set(made.map(({ id }) => id)));
    const stored = await store.broadcasts.list("running", 100);
    expect(stored).toHaveLength(50);
    expect(stored.filter(({ owes }) => owes.length > 0)).toEqual([]);
    await tick(deps);
    expect(await store.broadcasts.list("running", 100)).toEqual(stored);
  });

  test("goes on over more than one batch", async () => {
    const made = await schedule(205, START);
    expect(await tick(deps)).toMatchObject({ released: 205 });
    expect(new Set(dueIds()).size).toBe(made.length);
  });
});

describe("what must not be released", () => {
  test("a paused broadcast waits, hides nobody behind it, and goes at the first tick after it is resumed", async () => {
    const paused = await schedule(210, START - 2);
    for (const { id } of paused) await pause(deps, id, { by: "ada" });
    const [due] = await schedule(1, START);
    expect(await tick(deps)).toMatchObject({ released: 1 });
    expect(dueIds()).toEqual([due?.id]);
    await resume(deps, paused[0]?.id ?? "", "paused", { by: "ada" });
    expect(await tick(deps)).toMatchObject({ released: 1 });
    expect(dueIds()).toEqual([due?.id, paused[0]?.id]);
  });

  test.each([
    ["came too late", {}],
    ["was paused for too long", { gates: { paused: { by: "ada", at: START } } }],
  ])("what %s for its deadline has failed, and nobody is sent to", async (_, fields) => {
    const late = { phase: "scheduled" as const, releasedAt: null, deadline: START + 5, ...fields };
    const { id } = makeBroadcast("late", late);
    await store.broadcasts.create(makeBroadcast("late", late));
    await store.advance(5);
    await tick(deps);
    expect(await store.broadcasts.get(id)).toMatchObject({
      phase: "failed",
      releasedAt: null,
      owes: [],
      gates: {},
    });
    expect((await store.broadcasts.get(id))?.fault).toContain("deadline");
    expect(dueIds()).toEqual([]);
    expect(store.waiting("sender.prune")).toMatchObject([{ type: "broadcast.finished", phase: "failed" }]);
  });
});

describe("what is not to be sent any more", () => {
  const claimed = async (chunk: string) => {
    const claim = await store.ledger.claimChunk(chunk, "repeat");
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    return claim;
  };

  test("is ended at its deadline though it is paused, and no sender lives", async () => {
    const chunk = await makeChunk("ends", { endsAt: START + 5, gates: { paused: { by: "ada", at: START } } });
    const { epoch, chunk: inHand } = await claimed(chunk);
    await store.ledger.parkChunk(chunk, epoch, inHand.progress);
    await tick(deps);
    const { id } = makeBroadcast("ends");
    expect(await phaseOf(id)).toBe("running");
    await store.advance(5);
    await tick(deps);
    expect(await store.broadcasts.get(id)).toMatchObject({ phase: "failed", books: { expired: 2, open: 0 } });
  });

  test("is ended after a cancel when the lease of a dead sender has passed", async () => {
    const chunk = await makeChunk("cancelled");
    const { id } = makeBroadcast("cancelled");
    await claimed(chunk);
    await cancel(deps, id, { by: "ada" });
    await tick(deps);
    expect(await phaseOf(id)).toBe("running");
    await store.advance(30_000);
    await tick(deps);
    expect(await store.broadcasts.get(id)).toMatchObject({
      phase: "cancelled",
      books: { unknown: 2, open: 0 },
    });
  });

  test("is ended by the tick where whoever cancelled died before it paid", async () => {
    const { id } = makeBroadcast("owes", { owes: ["close"] });
    const gates = { cancelled: { by: "ada", at: START } };
    const chunk = await makeChunk("owes", { owes: ["close"], gates });
    await tick(deps);
    expect(await store.broadcasts.get(id)).toMatchObject({ phase: "cancelled", books: { cancelled: 2 } });
    expect((await store.ledger.claimChunk(chunk, "repeat")).kind).toBe("settled");
    await store.advance(5_000);
    await tick(deps);
    expect((await store.broadcasts.get(id))?.owes).toEqual([]);
  });
});

describe("a debt", () => {
  test.each(["before", "after"] as const)(
    "left by a crash %s publishing is paid by a tick a moment later",
    async (when) => {
      const [first] = await schedule(1, START);
      bus.failNext(when);
      await expect(tick(deps)).rejects.toThrow(`told to fail ${when}`);
      expect(await store.broadcasts.get(first?.id ?? "")).toMatchObject({ phase: "running", owes: ["due"] });
      expect(dueIds()).toEqual(when === "before" ? [] : [first?.id]);
      await store.advance(5_000);
      await tick(deps);
      expect(new Set(dueIds())).toEqual(new Set([first?.id]));
      expect(await store.broadcasts.owing(10)).toEqual([]);
    },
  );

  test("is paid however many others wait for their time", async () => {
    const pruning = { state: "owed" as const, hintAt: START + MINUTE_MS };
    for (let index = 0; index < 230; index++) {
      const fields = { phase: "succeeded" as const, owes: ["prune" as const], pruning, dueAt: START - 1 };
      await store.broadcasts.create(makeBroadcast(`waits ${index}`, fields));
    }
    const owing = makeBroadcast("owing", { owes: ["due"] });
    await store.broadcasts.create(owing);
    await store.advance(5_000);
    await tick(deps);
    expect(dueIds()).toEqual([owing.id]);
  });

  test("of a moment ago is left to whoever made it", async () => {
    await store.broadcasts.create(makeBroadcast("fresh", { owes: ["due"], releasedAt: START }));
    await store.advance(4_999);
    await tick(deps);
    expect(dueIds()).toEqual([]);
  });

  test("that is paid is not paid again", async () => {
    await schedule(1, START);
    await tick(deps);
    await tick(deps);
    expect(dueIds()).toHaveLength(1);
  });
});

describe("what stands still", () => {
  test("a range that nobody ever claimed is hinted at after ten minutes", async () => {
    const { id } = makeBroadcast("lost");
    await store.broadcasts.create(makeBroadcast("lost"));
    await store.ledger.openRoot(id);
    await store.advance(NEVER_CLAIMED_MS - 1);
    expect(await tick(deps)).toMatchObject({ hinted: 0 });
    await store.advance(1);
    expect(await tick(deps)).toMatchObject({ hinted: 1 });
    expect(store.waiting("resolver.ranges")).toEqual([{ v: 1, rangeId: rangeId(id, 0) }]);
    expect(await tick(deps)).toMatchObject({ hinted: 0 });
  });

  test("a chunk whose message was lost is hinted at after ten minutes, on the lane of its audience", async () => {
    const everybody = await makeChunk("everybody");
    const few = await makeChunk("few", { audience: { users: ["users/a"] } });
    await store.advance(NEVER_CLAIMED_MS - 1);
    await tick(deps);
    expect(store.waiting("sender.chunks")).toEqual([]);
    await store.advance(1);
    expect(await tick(deps)).toMatchObject({ hinted: 2 });
    expect(store.waiting("sender.chunks")).toEqual([{ v: 1, chunkId: everybody }]);
    expect(store.waiting("sender.chunks-urgent")).toEqual([{ v: 1, chunkId: few }]);
  });

  test("a chunk whose holder died is hinted at when its lease has passed", async () => {
    const chunk = await makeChunk("dead holder");
    await store.ledger.claimChunk(chunk, "repeat");
    await store.advance(29_999);
    expect(await tick(deps)).toMatchObject({ hinted: 0 });
    await store.advance(1);
    expect(await tick(deps)).toMatchObject({ hinted: 1 });
    expect(store.waiting("sender.chunks")).toEqual([{ v: 1, chunkId: chunk }]);
  });

  test("a hint that could not be published stays due", async () => {
    const chunk = await makeChunk("unlucky");
    await store.advance(NEVER_CLAIMED_MS);
    bus.failNext("before");
    await expect(tick(deps)).rejects.toThrow("told to fail");
    expect(await tick(deps)).toMatchObject({ hinted: 1 });
    expect(store.waiting("sender.chunks")).toEqual([{ v: 1, chunkId: chunk }]);
  });
});

describe("finishing", () => {
  test("a broadcast of which nothing is open is finished, if whoever settled its last chunk died", async () => {
    const chunk = await makeChunk("almost");
    const { id } = makeBroadcast("almost");
    const claim = await store.ledger.claimChunk(chunk, "repeat");
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    await tick(deps);
    expect(await phaseOf(id)).toBe("running");
    const progress = { open: [], unsure: [], maybe: [], outcomes: {} };
    await store.ledger.settleChunk(chunk, claim.epoch, progress);
    await Promise.all([tick(deps), tick(deps)]);
    expect(await store.broadcasts.get(id)).toMatchObject({
      phase: "succeeded",
      finishedAt: START,
      owes: [],
      books: { resolved: 2, accepted: 2, open: 0 },
    });
    const finished = store.waiting("sender.prune");
    expect(finished).toHaveLength(1);
    expect(finished).toMatchObject([{ type: "broadcast.finished", broadcastId: id, phase: "succeeded" }]);
  });

  test("is not kept from one by many that are still at work", async () => {
    const claim = await store.ledger.claimChunk(await makeChunk("old", { createdAt: START - 1 }), "repeat");
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    const progress = { open: [], unsure: [], maybe: [], outcomes: {} };
    await store.ledger.settleChunk(claim.chunk.id, claim.epoch, progress);
    for (let index = 0; index < 230; index++)
      await store.broadcasts.create(makeBroadcast(`at work ${index}`));
    await tick(deps);
    expect(await phaseOf(makeBroadcast("old").id)).toBe("succeeded");
  });

  test("a broadcast whose first range has not been opened is not finished", async () => {
    const { id } = makeBroadcast("fresh");
    await store.broadcasts.create(makeBroadcast("fresh"));
    await tick(deps);
    expect(await phaseOf(id)).toBe("running");
  });
});
