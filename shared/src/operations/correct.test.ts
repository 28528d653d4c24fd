import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Broadcast } from "../domain/broadcast.ts";
import { LONGEST_MS } from "../domain/phases.ts";
import { InvalidInput } from "../errors.ts";
import { finishWith, makeFinished } from "../testing/finished.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { correct, planCorrection } from "./correct.ts";
import type { FollowUpDeps } from "./follow-up.ts";
import { retry } from "./retry.ts";

const CONTENT = { title: "Sale", text: "Today", sound: "default", data: { page: "1" } };
const CHANGE = { text: "Tomorrow" };

let store: TestStore;
let deps: FollowUpDeps;
beforeEach(() => {
  store = createStore();
  deps = { ...store, longestMs: LONGEST_MS };
});
afterEach(() => store.close());

const stored = async (id: string) => (await store.broadcasts.get(id)) as Broadcast;
const first = (fields: Partial<Broadcast> = {}) =>
  makeFinished(store, "first", ["accepted", "unknown", "expired"], { content: CONTENT, ...fields });

async function expectRefused(id: string, change: unknown, problem: [field: string, message: string]) {
  const before = await store.broadcasts.list(undefined, 10);
  const refusal = await correct(deps, id, change, "ada").catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidInput);
  const [field, message] = problem;
  expect((refusal as InvalidInput).problems).toEqual([{ field, message: expect.stringContaining(message) }]);
  expect(await store.broadcasts.list(undefined, 10), "nothing is stored").toEqual(before);
}

/** A correction that died after it was decided on. */
async function dieDeciding(id: string, change: unknown): Promise<string> {
  const broken = { ...store.broadcasts, create: () => Promise.reject(new Error("died")) };
  await expect(correct({ ...deps, broadcasts: broken }, id, change, "ada")).rejects.toThrow("died");
  return (await stored(id)).corrected?.as ?? "";
}

describe("a correction", () => {
  test("with text that cannot be stored is refused by the field's name", async () => {
    const id = await first();
    const half = "is not valid Unicode: half of a surrogate pair at character 1";
    await expectRefused(id, { title: "\ud83d" }, ["content.title", half]);
    await expectRefused(id, { data: { a: "\ud83d" } }, ["content.data.a", half]);
    await expectRefused(id, { channel: "a\nb" }, ["content.channel", "holds a control character"]);
    await expectRefused(id, JSON.parse('{"data":{"__proto__":"x"}}'), [
      "content.data.__proto__",
      "cannot be",
    ]);
    const asked = correct(deps, id, CHANGE, "ada\ud83d").catch((error: unknown) => error);
    expect(await asked).toMatchObject({ problems: [{ field: "by" }] });
  });

  test("goes to all who saw the first, or may have, in its place; what it does not change stays", async () => {
    const id = await first();
    expect(await planCorrection(deps, id, CHANGE, "ada")).toMatchObject({ known: false, count: 2 });
    const made = await correct(deps, id, CHANGE, "ada");
    expect(made).toMatchObject({
      caller: "ada",
      content: { ...CONTENT, ...CHANGE, collapseId: id },
      audience: { of: { broadcasts: [id], who: "seen" } },
      phase: "running",
    });
    expect((await stored(id)).corrected).toEqual({ as: made.id, at: store.now() });
    expect(await store.broadcasts.audit(made.id)).toMatchObject([{ what: "submit", by: "ada" }]);
  });

  test("covers the whole chain of retries, and ends it", async () => {
    const id = await first();
    const second = await retry(deps, id, "ada");
    await expectRefused(id, CHANGE, ["id", `${second.id}, a retry of ${id}, is still at work`]);
    await finishWith(store, second.id, ["accepted", "expired"]);
    const third = await retry(deps, second.id, "ada");
    await finishWith(store, third.id, ["accepted", "expired"]);
    const made = await correct(deps, id, CHANGE, "ada");
    expect(made.audience).toEqual({ of: { broadcasts: [id, second.id, third.id], who: "seen" } });
    await expect(retry(deps, third.id, "ada")).rejects.toThrow("was corrected");
    expect((await retry(deps, id, "ada")).id).toBe(second.id);
  });

  test("that is asked for twice is one, and the same answer", async () => {
    const id = await first();
    const made = await Promise.all([1, 2].map(() => correct(deps, id, CHANGE, "ada")));
    const [{ id: as } = { id: "" }] = made;
    await finishWith(store, as, ["accepted", "accepted"]);
    expect(await correct(deps, id, { ...CHANGE, title: "Sale" }, "bob")).toMatchObject({
      id: as,
      phase: "succeeded",
    });
    expect(await store.broadcasts.list(undefined, 10)).toHaveLength(2);
  });

  test("that died between its writes goes on when it is asked for again", async () => {
    const id = await first();
    const as = await dieDeciding(id, CHANGE);
    await store.advance(3_600_000);
    expect(await correct(deps, id, CHANGE, "ada")).toMatchObject({ id: as, phase: "running" });
    expect((await stored(id)).corrected).toEqual({ as, at: store.now() });
  });

  test("of another, and back again, is a broadcast each time", async () => {
    const id = await first();
    const ids: string[] = [];
    for (const text of ["Tomorrow", "On Friday", "Tomorrow", CONTENT.text]) {
      const made = await correct(deps, id, { text }, "ada");
      expect(await correct(deps, id, { text }, "ada")).toMatchObject({ id: made.id });
      await finishWith(store, made.id, ["accepted"]);
      ids.push(made.id);
    }
    expect(new Set(ids).size).toBe(4);
  });
});

describe("a second, different correction is refused", () => {
  const OTHER = { text: "Never" };

  test("while the first, or a retry of it, is at work", async () => {
    const id = await first();
    const { id: as } = await correct(deps, id, CHANGE, "ada");
    await expectRefused(id, OTHER, ["id", `${as}, a correction of ${id}, is still at work`]);
    await finishWith(store, as, ["accepted", "expired"]);
    const again = await retry(deps, as, "ada");
    await expectRefused(id, OTHER, ["id", `${again.id}, a retry of ${as}, is still at work`]);
    await finishWith(store, again.id, ["expired"]);
    await correct(deps, id, OTHER, "ada");
    await expect(retry(deps, again.id, "ada")).rejects.toThrow("was corrected");
  });

  test("for no longer, though the clock that it was decided by was a day ahead", async () => {
    const id = await first();
    store.stepWall(86_400_000);
    await dieDeciding(id, CHANGE);
    store.stepWall(-86_400_000);
    await correct(deps, id, OTHER, "ada");
  });

  test("for a minute after the first was decided on, though that is not there", async () => {
    const id = await first();
    const as = await dieDeciding(id, CHANGE);
    await store.advance(59_999);
    await expectRefused(id, OTHER, ["id", `(${as}) has only just been decided on`]);
    await store.advance(1);
    const made = await correct(deps, id, OTHER, "ada");
    expect((await stored(id)).corrected?.as).toBe(made.id);
  });

  test("where it was planned at the same time", async () => {
    const id = await first();
    const made = await Promise.allSettled([CHANGE, OTHER].map((change) => correct(deps, id, change, "ada")));
    expect(made.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await store.broadcasts.list(undefined, 10)).toHaveLength(2);
  });
});

describe("a correction is refused", () => {
  test("where it changes nothing, or nothing that it may", async () => {
    const id = await first();
    await expectRefused(id, {}, ["content", "is as it was"]);
    await expectRefused(id, { collapseId: "x" }, ["content.collapseId", "is not a field"]);
    await expectRefused(id, { title: " " }, ["content.title", "must not be empty"]);
  });

  test("where nobody saw the first", async () => {
    const id = await makeFinished(store, "unseen", ["cancelled", "expired"], { content: CONTENT });
    await expectRefused(id, CHANGE, ["id", "nobody has seen"]);
  });

  test("after the deadline", async () => {
    const id = await first({ deadline: store.now() + 1 });
    await store.advance(1);
    await expectRefused(id, CHANGE, ["deadline", "has passed"]);
  });

  test("of a follow-up: the first is what is corrected", async () => {
    const id = await first();
    const second = await retry(deps, id, "ada");
    await finishWith(store, second.id, ["accepted"]);
    await expectRefused(second.id, CHANGE, ["id", `follows ${id}: correct that one`]);
  });

  test("while a retry was begun and is not there", async () => {
    const id = await first();
    const broken = { ...store.broadcasts, create: () => Promise.reject(new Error("died")) };
    await expect(retry({ ...deps, broadcasts: broken }, id, "ada")).rejects.toThrow("died");
    await expectRefused(id, CHANGE, ["id", `fanfare retry ${id} goes on`]);
  });

  test("where a retry came between", async () => {
    const id = await first();
    const made = await Promise.allSettled([correct(deps, id, CHANGE, "ada"), retry(deps, id, "ada")]);
    expect(made.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});
