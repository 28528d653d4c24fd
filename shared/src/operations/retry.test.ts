import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tryFinish } from "../broadcasts/try-finish.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { broadcastId, rangeId } from "../domain/ids.ts";
import { rejected } from "../domain/outcome.ts";
import { LONGEST_MS } from "../domain/phases.ts";
import { InvalidInput } from "../errors.ts";
import { finishWith, makeFinished } from "../testing/finished.ts";
import { makeBroadcast } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import type { FollowUpDeps } from "./follow-up.ts";
import { planRetry, retry } from "./retry.ts";

let store: TestStore;
let deps: FollowUpDeps;
beforeEach(() => {
  store = createStore();
  deps = { ...store, longestMs: LONGEST_MS };
});
afterEach(() => store.close());

const stored = (id: string) => store.broadcasts.get(id);

async function expectRefused(id: string, field: string, message: string): Promise<void> {
  const before = await store.broadcasts.list(undefined, 10);
  const refusal = await retry(deps, id, "ada").catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidInput);
  expect((refusal as InvalidInput).problems).toEqual([{ field, message: expect.stringContaining(message) }]);
  expect(await store.broadcasts.list(undefined, 10), "nothing is stored").toEqual(before);
}

describe("a retry", () => {
  test("is a broadcast to whom the first failed, in its place, at once and as the first was sent", async () => {
    const fields = { perMinute: 600, onCrash: "miss" as const, deadline: store.now() + 9_000 };
    const id = await makeFinished(store, "first", ["accepted", "expired", rejected("UNDELIVERED")], fields);
    expect(await planRetry(deps, id, "ada")).toMatchObject({ known: false, count: 2 });
    expect(await stored(broadcastId("retry", id))).toBeNull();
    const made = await retry(deps, id, "ada");
    const { content } = (await stored(id)) as Broadcast;
    expect(made).toMatchObject({
      id: broadcastId("retry", id),
      caller: "ada",
      content: { ...content, collapseId: id },
      audience: { of: { broadcasts: [id], who: "retryable" } },
      phase: "running",
      urgent: undefined,
      endsAt: fields.deadline,
      ...fields,
    });
    expect((await stored(id))?.retriedAs).toBe(made.id);
    expect(store.waiting("resolver.due")).toEqual([{ v: 1, broadcastId: made.id }]);
    expect(await store.broadcasts.audit(made.id)).toMatchObject([{ what: "submit", by: "ada" }]);
  });

  test("of what was urgent because it was small is urgent, and keeps its caller's collapse id", async () => {
    const content = { title: "T", text: "X", collapseId: "news" };
    const id = await makeFinished(store, "small", ["expired"], { audience: { users: ["users/a"] }, content });
    expect(await retry(deps, id, "ada")).toMatchObject({ urgent: true, content });
  });

  test("that is asked for twice is one, and the same answer", async () => {
    const id = await makeFinished(store, "first", ["expired"]);
    const [first, second] = await Promise.all([retry(deps, id, "ada"), retry(deps, id, "bob")]);
    expect(second.id).toBe(first.id);
    await finishWith(store, first.id, ["accepted"]);
    expect(await retry(deps, id, "eve")).toMatchObject({ id: first.id, phase: "succeeded" });
    expect(await planRetry(deps, id, "eve")).toMatchObject({ known: true });
    expect(await store.broadcasts.list(undefined, 10)).toHaveLength(2);
  });

  test("that died between its two writes goes on when it is asked for again", async () => {
    const id = await makeFinished(store, "first", ["expired"]);
    const broken = { ...store.broadcasts, create: () => Promise.reject(new Error("died")) };
    await expect(retry({ ...deps, broadcasts: broken }, id, "ada")).rejects.toThrow("died");
    const retriedAs = (await stored(id))?.retriedAs ?? "";
    expect(await stored(retriedAs)).toBeNull();
    expect(await retry(deps, id, "ada")).toMatchObject({ id: retriedAs, phase: "running" });
  });

  test("can be retried itself", async () => {
    const id = await makeFinished(store, "first", ["expired"]);
    const { id: second } = await retry(deps, id, "ada");
    await finishWith(store, second, [rejected("UNDELIVERED")]);
    const third = await retry(deps, second, "ada");
    expect(third).toMatchObject({ audience: { of: { broadcasts: [second] } }, content: { collapseId: id } });
  });

  test("is for those whom a range that died never resolved, too", async () => {
    const { id } = makeBroadcast("dead");
    await store.broadcasts.create(makeBroadcast("dead"));
    await store.ledger.openRoot(id);
    await store.ledger.buryRange(rangeId(id, 0), 0, 30);
    await tryFinish(store, id);
    expect(await planRetry(deps, id, "ada")).toMatchObject({ count: 30 });
  });
});

describe("a retry is refused", () => {
  test("of what is not there, or has not finished", async () => {
    await expectRefused("b1", "id", "there is no broadcast b1");
    const running = makeBroadcast("running");
    await store.broadcasts.create(running);
    await expectRefused(running.id, "id", "has not finished: it is running");
    const cancelled = makeBroadcast("cancelled", { gates: { cancelled: { by: "ada", at: 1 } } });
    await store.broadcasts.create(cancelled);
    await expectRefused(cancelled.id, "id", "has not finished: it is being cancelled");
  });

  test("where nothing failed for a reason that can pass", async () => {
    const id = await makeFinished(store, "first", [
      "accepted",
      "unknown",
      "cancelled",
      rejected("UNREGISTERED"),
    ]);
    await expectRefused(id, "id", "nothing of");
  });

  test("after the deadline", async () => {
    const id = await makeFinished(store, "first", ["expired"], { deadline: store.now() + 1 });
    await store.advance(1);
    await expectRefused(id, "deadline", "has passed");
  });

  test("once it was corrected, also where that is decided meanwhile", async () => {
    const id = await makeFinished(store, "first", ["accepted", "expired"]);
    const corrected = { as: "b2", at: store.now() };
    const { get } = store.broadcasts;
    let looks = 0;
    const late = {
      ...store.broadcasts,
      async get(one: string) {
        looks += 1;
        const broadcast = await get(one);
        // The first look is the plan's.
        if (broadcast && looks === 1) await store.broadcasts.replace({ ...broadcast, corrected });
        return broadcast;
      },
    };
    await expect(retry({ ...deps, broadcasts: late }, id, "ada")).rejects.toThrow("was corrected (b2)");
    await expectRefused(id, "id", "was corrected (b2)");
    expect((await stored(id))?.retriedAs).toBeUndefined();
  });
});
