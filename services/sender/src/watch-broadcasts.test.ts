import type { Broadcasts } from "@fanfare/shared/broadcasts";
import { hold } from "@fanfare/shared/broadcasts/hold";
import { RetryableError } from "@fanfare/shared/errors";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BroadcastWatch, watchBroadcasts } from "./watch-broadcasts.ts";

const BROADCAST = makeBroadcast("watched");
const { id } = BROADCAST;

let store: TestStore;
let reads: string[];
let failing: boolean;
let watch: BroadcastWatch;

beforeEach(async () => {
  store = createStore();
  reads = [];
  failing = false;
  const broadcasts: Broadcasts = {
    ...store.broadcasts,
    async get(wanted) {
      reads.push(wanted);
      if (failing) throw new RetryableError("STORE", "not now");
      return store.broadcasts.get(wanted);
    },
  };
  watch = watchBroadcasts(broadcasts, store.now);
  await store.broadcasts.create(BROADCAST);
});
afterEach(() => store.close());

test("many who ask at once share one read, for a second", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => watch.get(id)));
  expect(answers).toEqual(answers.map(() => BROADCAST));
  await store.advance(999);
  await watch.get(id);
  expect(reads).toEqual([id]);
});

test("a gate that closes is seen within a second", async () => {
  await watch.get(id);
  await hold(store.broadcasts, id, "stop", "a test", store.now());
  expect((await watch.get(id))?.gates).toEqual({});
  await store.advance(1_000);
  expect((await watch.get(id))?.gates.held?.reason).toBe("stop");
});

test("a change of one's own is seen at once", async () => {
  await watch.get(id);
  await hold(store.broadcasts, id, "stop", "a test", store.now());
  watch.forget(id);
  expect((await watch.get(id))?.gates.held?.reason).toBe("stop");
});

test("a failed read is not remembered", async () => {
  failing = true;
  await expect(watch.get(id)).rejects.toThrow("not now");
  failing = false;
  expect(await watch.get(id)).toEqual(BROADCAST);
});

test("a broadcast that is not there is null", async () => {
  expect(await watch.get("missing")).toBeNull();
});

test("with more broadcasts than it remembers it reads the oldest again", async () => {
  const names = Array.from({ length: 101 }, (_, index) => `other ${index}`);
  for (const name of names) await store.broadcasts.create(makeBroadcast(name));
  await watch.get(id);
  for (const name of names) expect(await watch.get(makeBroadcast(name).id)).toEqual(makeBroadcast(name));
  reads.length = 0;
  expect((await watch.get(makeBroadcast("other 100").id))?.idempotencyKey).toBe("other 100");
  expect(reads).toEqual([]);
  expect(await watch.get(id)).toEqual(BROADCAST);
  expect(reads).toEqual([id]);
});
