import { afterEach, beforeEach, expect, test } from "vitest";
import type { Phase } from "../domain/broadcast.ts";
import { rejected } from "../domain/outcome.ts";
import {
  chunkOf,
  claimRange,
  BROADCAST as ID,
  NO_COUNTS,
  plan,
  ROOT,
  settle,
} from "../ledger/contract/steps.ts";
import { makeBroadcast } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { tryFinish } from "./try-finish.ts";

let store: TestStore;
beforeEach(async () => {
  store = createStore();
});
afterEach(() => store.close());

const running = makeBroadcast("ledger");
const stored = () => store.broadcasts.get(ID);
const types = () => store.waiting("sender.prune").map(({ type }) => type);

async function close(): Promise<void> {
  const { epoch } = await claimRange(store.ledger);
  await store.ledger.closeRange(ROOT, epoch, { ...NO_COUNTS, withoutAddress: 2 });
}

test("a broadcast finishes when nothing is open any more, and not before", async () => {
  await store.broadcasts.create(running);
  await tryFinish(store, ID);
  const epoch = await plan(store.ledger, [3, 1]);
  await tryFinish(store, ID);
  await settle(store.ledger, chunkOf(0), { 1: rejected("UNREGISTERED") });
  await settle(store.ledger, chunkOf(1), { 0: "unknown" });
  await tryFinish(store, ID);
  expect(await stored()).toEqual(running);
  await store.ledger.closeRange(ROOT, epoch, { ...NO_COUNTS, withoutAddress: 2 });
  await tryFinish(store, ID);
  const books = { resolved: 4, accepted: 2, rejected: { UNREGISTERED: 1 }, unknown: 1, open: 0 };
  expect(await stored()).toMatchObject({
    phase: "succeeded",
    finishedAt: store.now(),
    books: { ...books, withoutAddress: 2 },
    owes: ["prune"],
  });
  expect(types()).toEqual(["broadcast.finished", "broadcast.prune"]);
});

test("several at once finish it once, and it is told once", async () => {
  await store.broadcasts.create(running);
  await store.ledger.openRoot(ID);
  await close();
  await Promise.all([1, 2, 3, 4, 5].map(() => tryFinish(store, ID)));
  await tryFinish(store, ID);
  expect(types()).toEqual(["broadcast.finished"]);
  expect(await stored()).toMatchObject({ phase: "succeeded", owes: [], version: 3 });
});

test.each<Phase>(["scheduled", "succeeded", "failed", "cancelled"])(
  "one that is %s stays so",
  async (phase) => {
    await store.broadcasts.create({ ...running, phase });
    await store.ledger.openRoot(ID);
    await close();
    await tryFinish(store, ID);
    expect(await stored()).toEqual({ ...running, phase });
    expect(types()).toEqual([]);
  },
);

test("a missing broadcast is no error", async () => {
  await store.ledger.openRoot(ID);
  await close();
  await tryFinish(store, ID);
  expect(types()).toEqual([]);
});
