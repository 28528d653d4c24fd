import { certainClock } from "@fanfare/shared/clock";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { LONGEST_MS, PRUNING_HINT_MS } from "@fanfare/shared/domain/phases";
import { createLog } from "@fanfare/shared/hosting/log";
import { pause } from "@fanfare/shared/operations/pause";
import { CATCH_UP_MS } from "@fanfare/shared/operations/submit";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flutterflowDefaults } from "./flutterflow/settings.ts";
import { type TickDeps, tick } from "./tick.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const STUCK_MS = 10 * MINUTE_MS;

let store: TestStore;
let deps: TickDeps;
beforeEach(() => {
  store = createStore();
  const rules = {
    usersCollection: "users",
    catchUpMs: CATCH_UP_MS,
    longestMs: LONGEST_MS,
    stuckMs: STUCK_MS,
  };
  const log = createLog("scheduler", "silent");
  deps = { ...store, ...rules, ...flutterflowDefaults, clock: certainClock, log };
});
afterEach(() => store.close());

/** Stores a broadcast by a clock that is a day ahead, which is set right then. */
async function makeAhead(fields: Partial<Broadcast>): Promise<() => Promise<Broadcast>> {
  const { id } = makeBroadcast("ahead");
  await store.broadcasts.create(makeBroadcast("ahead", { releasedAt: START + DAY_MS, ...fields }));
  return async () => (await store.broadcasts.get(id)) as Broadcast;
}

const told = () => store.waiting("sender.prune").map(({ type }) => type);

describe("the clock set back by a day", () => {
  test("a debt that was made before is paid at once", async () => {
    const stored = await makeAhead({ owes: ["due"] });
    await tick(deps);
    expect((await stored()).owes).toEqual([]);
    expect(store.waiting("resolver.due")).toHaveLength(1);
  });

  test("the word on a finish is not kept back for a day", async () => {
    const times = { releasedAt: START, finishedAt: START + DAY_MS };
    const books = await store.ledger.books(makeBroadcast("ahead").id);
    await makeAhead({ ...times, books, phase: "succeeded", owes: ["finished"] });
    await tick(deps);
    expect(told()).toEqual(["broadcast.finished"]);
  });

  test("a pruning is asked for again after its usual time", async () => {
    const pruning = { state: "owed" as const, hintAt: START + DAY_MS };
    const stored = await makeAhead({
      phase: "succeeded",
      finishedAt: START + DAY_MS,
      owes: ["prune"],
      pruning,
    });
    await tick(deps);
    expect(told()).toEqual([]);
    expect((await stored()).pruning.hintAt).toBe(START + PRUNING_HINT_MS);
    await store.advance(PRUNING_HINT_MS - 1);
    await tick(deps);
    expect(told()).toEqual([]);
    await store.advance(1);
    await tick(deps);
    expect(told()).toEqual(["broadcast.prune"]);
  });

  test("a broadcast ends when it may have been at work for the longest time, and not before", async () => {
    const stored = await makeAhead({ endsAt: START + DAY_MS + LONGEST_MS });
    await store.ledger.openRoot(makeBroadcast("ahead").id);
    await tick(deps);
    expect(await stored()).toMatchObject({ phase: "running", endsAt: START + LONGEST_MS });
  });

  test.each([
    ["was looked at", { standstill: { mark: "m", at: START + DAY_MS, lookedAt: START + DAY_MS } }],
    ["was released", {}],
  ])(
    "a broadcast that %s before is looked at, and found to stand still after the set time",
    async (_, fields) => {
      const stored = await makeAhead(fields);
      for (let minute = 0; minute <= 14; minute++) {
        await tick(deps);
        await store.advance(MINUTE_MS);
      }
      expect((await stored()).standstill?.why).toContain("nothing of it is open");
    },
  );
});

test("a schedule and a deadline that lie far ahead stay as their caller said", async () => {
  const far = START + 365 * DAY_MS;
  const stored = await makeAhead({ phase: "scheduled", releasedAt: null, dueAt: far, deadline: far + 1 });
  const { id } = makeBroadcast("ahead");
  await pause(deps, id, { by: "ada" });
  const before = await stored();
  await tick(deps);
  expect(await stored()).toEqual(before);
});

test("the wall clock set forward by an hour: a chunk that is held gets no hint", async () => {
  await makeAhead({ releasedAt: START });
  await store.ledger.claimRange(await store.ledger.openRoot(makeBroadcast("ahead").id));
  store.stepWall(3_600_000);
  expect(await tick(deps)).toMatchObject({ hinted: 0 });
});
