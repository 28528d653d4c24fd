import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withholdPruning } from "../broadcasts/withhold-pruning.ts";
import { emptyBooks } from "../domain/books.ts";
import type { Broadcast, Pruning } from "../domain/broadcast.ts";
import { PRUNING_HINT_MS } from "../domain/phases.ts";
import { BROADCAST as ID } from "../ledger/contract/steps.ts";
import { makeBroadcast } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { releasePruning } from "./prune.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const WITHHELD: Pruning = { state: "withheld", reason: "beyond belief", cursor: "c" };
const stored = () => store.broadcasts.get(ID);

async function create(pruning: Pruning, owes: Broadcast["owes"] = []): Promise<Broadcast> {
  const broadcast = makeBroadcast("ledger", { phase: "succeeded", books: emptyBooks(), pruning, owes });
  await store.broadcasts.create(broadcast);
  return broadcast;
}

describe("releasing", () => {
  test("a withheld pruning asks for it at once, says who and when, and goes on where it was", async () => {
    await create(WITHHELD);
    expect(await releasePruning(store, ID, "command")).toMatchObject({ kind: "released" });
    const released = { by: "command", at: store.now() };
    const hintAt = store.now() + PRUNING_HINT_MS;
    expect(await stored()).toMatchObject({
      owes: ["prune"],
      pruning: { ...WITHHELD, state: "owed", released, hintAt },
    });
    expect(store.waiting("sender.prune")).toMatchObject([{ type: "broadcast.prune", broadcastId: ID }]);
  });

  test("by many at once happens once", async () => {
    await create(WITHHELD);
    const results = await Promise.all(["a", "b", "c"].map((by) => releasePruning(store, ID, by)));
    expect(results.map((result) => result?.kind).toSorted()).toEqual([
      "not-withheld",
      "not-withheld",
      "released",
    ]);
    expect((await stored())?.owes).toEqual(["prune"]);
  });

  test.each<Pruning["state"]>(["none", "owed", "done"])("one that is %s changes nothing", async (state) => {
    const broadcast = await create({ state });
    expect(await releasePruning(store, ID, "command")).toEqual({ kind: "not-withheld", broadcast });
    expect(store.waiting("sender.prune")).toEqual([]);
  });

  test("that of a missing broadcast is null", async () => {
    expect(await releasePruning(store, ID, "command")).toBeNull();
  });
});

describe("withholding", () => {
  test("what is still owed stops it, and it can be released again", async () => {
    await create({ state: "owed", cursor: "c", hintAt: 5 }, ["finished", "prune"]);
    expect(await withholdPruning(store.broadcasts, ID, "stop")).toBe(true);
    expect(await stored()).toMatchObject({
      owes: ["finished"],
      pruning: { state: "withheld", reason: "stop", cursor: "c" },
    });
    expect(await releasePruning(store, ID, "command")).toMatchObject({ kind: "released" });
  });

  test.each<Pruning["state"]>(["none", "withheld", "done"])(
    "one that is %s changes nothing",
    async (state) => {
      const broadcast = await create({ state });
      expect(await withholdPruning(store.broadcasts, ID, "stop")).toBe(false);
      expect(await stored()).toEqual(broadcast);
    },
  );
});
