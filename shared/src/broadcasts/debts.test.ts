import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emptyBooks } from "../domain/books.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { PRUNING_HINT_MS } from "../domain/phases.ts";
import { chunkOf, claimChunk, BROADCAST as ID, openOf, plan } from "../ledger/contract/steps.ts";
import { pause } from "../operations/pause.ts";
import { resume } from "../operations/resume.ts";
import { makeBroadcast } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { payDebts } from "./debts.ts";
import { update } from "./index.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

async function create(fields: Partial<Broadcast>): Promise<Broadcast> {
  const broadcast = makeBroadcast("ledger", fields);
  await store.broadcasts.create(broadcast);
  return broadcast;
}

const owed = async () => (await store.broadcasts.get(ID))?.owes;

describe("a debt", () => {
  test("of a release opens the first range and tells the resolver", async () => {
    await payDebts(store, await create({ owes: ["due"] }));
    expect(await store.ledger.ranges(ID)).toHaveLength(1);
    expect(store.waiting("resolver.due")).toEqual([{ v: 1, broadcastId: ID }]);
    expect(await owed()).toEqual([]);
  });

  test("that was paid before a crash is paid again, and means the same", async () => {
    const broadcast = await create({ owes: ["due"] });
    await payDebts(store, broadcast);
    const { version } = (await store.broadcasts.get(ID)) as Broadcast;
    await payDebts(store, broadcast);
    const [first, second, ...more] = store.waiting("resolver.due");
    expect(second).toEqual(first);
    expect(more).toEqual([]);
    expect(await store.ledger.ranges(ID)).toHaveLength(1);
    expect((await store.broadcasts.get(ID))?.version).toBe(version);
  });

  test("that cannot be paid stays", async () => {
    const broadcast = await create({ owes: ["due"] });
    await store.bus.close();
    await expect(payDebts(store, broadcast)).rejects.toMatchObject({ code: "BUS_CLOSED" });
    expect(await owed()).toEqual(["due"]);
    expect(await store.ledger.ranges(ID), "the tick drives it on").toHaveLength(1);
  });

  test("of a gate that opened makes the parked chunks due", async () => {
    const held = { reason: "test", by: "test", at: 0 };
    const broadcast = await create({ gates: { held }, owes: ["unpark"] });
    await plan(store.ledger, [1]);
    const { epoch } = await claimChunk(store.ledger, chunkOf(0));
    await store.ledger.parkChunk(chunkOf(0), epoch, openOf([0]));
    await payDebts(store, broadcast);
    expect(await store.ledger.hints(10)).toEqual([{ kind: "chunk", id: chunkOf(0) }]);
    expect(await owed()).toEqual([]);
  });

  test("of a gate that was closed and opened again meanwhile is another one, and stays", async () => {
    const broadcast = await create({ owes: ["unpark"] });
    await plan(store.ledger, [1]);
    const { epoch } = await claimChunk(store.ledger, chunkOf(0));
    const { unpark } = store.ledger;
    const ledger: typeof store.ledger = {
      ...store.ledger,
      async unpark(id) {
        await unpark(id);
        await pause(store, id, { by: "somebody" });
        await store.ledger.parkChunk(chunkOf(0), epoch, openOf([0]));
        const broken = {
          ...store,
          ledger: { ...store.ledger, unpark: () => Promise.reject(new Error("died")) },
        };
        await expect(resume(broken, id, "paused", { by: "somebody" })).rejects.toThrow("died");
      },
    };
    await payDebts({ ...store, ledger }, broadcast);
    expect(await owed()).toEqual(["unpark"]);
  });

  test("that came up meanwhile is not cleared with the others", async () => {
    const broadcast = await create({ owes: ["due"] });
    await update(store.broadcasts, ID, (current) => ({ ...current, owes: ["due", "unpark"], fault: "new" }));
    await payDebts(store, broadcast);
    expect(await store.broadcasts.get(ID)).toMatchObject({ owes: ["unpark"], fault: "new" });
  });
});

describe("a finished broadcast", () => {
  const finished = { phase: "succeeded" as const, books: { ...emptyBooks(), resolved: 1, accepted: 1 } };
  const types = () => store.waiting("sender.prune").map(({ type }) => type);

  test("is told, and its pruning is asked for at once and again only after a while", async () => {
    const pruning = { state: "owed" as const, hintAt: store.now() + PRUNING_HINT_MS };
    await payDebts(store, await create({ ...finished, owes: ["finished", "prune"], pruning }));
    expect(types()).toEqual(["broadcast.finished", "broadcast.prune"]);
    expect(await owed()).toEqual(["prune"]);

    const again = async () => payDebts(store, (await store.broadcasts.get(ID)) as Broadcast);
    await store.advance(PRUNING_HINT_MS - 1);
    await again();
    expect(types()).toHaveLength(2);
    await store.advance(1);
    await again();
    expect(types().slice(2)).toEqual(["broadcast.prune"]);
    const next = store.now() + PRUNING_HINT_MS;
    expect(await store.broadcasts.get(ID)).toMatchObject({ owes: ["prune"], pruning: { hintAt: next } });
  });

  test("whose pruning was done meanwhile stays as it is", async () => {
    const broadcast = await create({ ...finished, owes: ["prune"], pruning: { state: "owed", hintAt: 0 } });
    const done = await update(store.broadcasts, ID, (current) => ({
      ...current,
      owes: [],
      pruning: { state: "done" },
    }));
    await payDebts(store, broadcast);
    expect(await store.broadcasts.get(ID)).toEqual(done);
  });
});
