import { expect, test } from "vitest";
import type { Broadcast } from "../../domain/broadcast.ts";
import { START } from "../../testing/clock.ts";
import { makeBroadcast } from "../../testing/records.ts";
import type { Broadcasts } from "../index.ts";

const names = (list: readonly Broadcast[]) => list.map(({ idempotencyKey }) => idempotencyKey);

export function describeListing(broadcasts: () => Broadcasts): void {
  const createAll = async (all: Record<string, Partial<Broadcast>>) => {
    for (const [name, fields] of Object.entries(all)) await broadcasts().create(makeBroadcast(name, fields));
  };

  test("due are the scheduled ones whose time has come, the earliest first", async () => {
    await createAll({
      fifth: { phase: "scheduled", dueAt: START },
      later: { phase: "scheduled", dueAt: START + 1 },
      second: { phase: "scheduled", dueAt: START - 5_000 },
      fourth: { phase: "scheduled", dueAt: START - 1 },
      first: { phase: "scheduled", dueAt: START - 86_400_000 },
      third: { phase: "scheduled", dueAt: START - 4_000 },
      running: { phase: "running", dueAt: START - 5 },
      finished: { phase: "succeeded", dueAt: START - 5 },
      cancelled: { phase: "cancelled", dueAt: START - 5 },
    });
    const inOrder = ["first", "second", "third", "fourth", "fifth"];
    expect(names(await broadcasts().due(START, 10))).toEqual(inOrder);
    expect(names(await broadcasts().due(START, 2))).toEqual(inOrder.slice(0, 2));
    expect(await broadcasts().due(START - 90_000_000, 10)).toEqual([]);
  });

  test("what is due is shown whole, and no longer once it was released", async () => {
    const scheduled = makeBroadcast("one", { phase: "scheduled", releasedAt: null, dueAt: START - 1 });
    await broadcasts().create(scheduled);
    expect(await broadcasts().due(START, 10)).toEqual([scheduled]);
    await broadcasts().replace({ ...scheduled, phase: "running" });
    expect(await broadcasts().due(START, 10)).toEqual([]);
  });

  test("a broadcast that was put off is due at its new time", async () => {
    const scheduled = makeBroadcast("one", { phase: "scheduled", dueAt: START });
    await broadcasts().create(scheduled);
    await broadcasts().replace({ ...scheduled, dueAt: START + 10 });
    expect(await broadcasts().due(START + 9, 10)).toEqual([]);
    expect(names(await broadcasts().due(START + 10, 10))).toEqual(["one"]);
  });

  test("a scheduled broadcast that is paused is due at its deadline only, and when it is resumed", async () => {
    const paused = { gates: { paused: { by: "ada", at: 1 } }, phase: "scheduled" as const, dueAt: START };
    await createAll({ paused, ends: { ...paused, deadline: START + 10 } });
    expect(await broadcasts().due(START + 9, 10)).toEqual([]);
    expect(names(await broadcasts().due(START + 10, 10))).toEqual(["ends"]);
    await broadcasts().replace(makeBroadcast("paused", { ...paused, gates: {} }));
    expect(names(await broadcasts().due(START + 9, 10))).toEqual(["paused"]);
  });

  test("owing are those with a debt, in whatever phase, until it is cleared", async () => {
    await createAll({
      due: { owes: ["due"] },
      both: { owes: ["finished", "prune"], phase: "succeeded" },
      nothing: { owes: [] },
    });
    expect(names(await broadcasts().owing(10)).sort()).toEqual(["both", "due"]);
    const paid = await broadcasts().get(makeBroadcast("due").id);
    await broadcasts().replace({ ...(paid as Broadcast), owes: [] });
    expect(names(await broadcasts().owing(10))).toEqual(["both"]);
    const indebted = await broadcasts().get(makeBroadcast("nothing").id);
    await broadcasts().replace({ ...(indebted as Broadcast), owes: ["unpark"] });
    expect(names(await broadcasts().owing(10)).sort()).toEqual(["both", "nothing"]);
  });

  test("running are those that are, until they are no longer", async () => {
    await createAll({ one: {}, two: {}, scheduled: { phase: "scheduled" }, over: { phase: "succeeded" } });
    expect(names(await broadcasts().running(10)).sort()).toEqual(["one", "two"]);
    const finished = await broadcasts().get(makeBroadcast("one").id);
    await broadcasts().replace({ ...(finished as Broadcast), phase: "failed" });
    expect(names(await broadcasts().running(10))).toEqual(["two"]);
  });

  test.each(["owing", "running"] as const)(
    "%s are gone through in the order of ids, a few at a time",
    async (list) => {
      const all = Array.from({ length: 9 }, (_, index) =>
        makeBroadcast(`b${index}`, { owes: ["due"], dueAt: START - index, createdAt: START - index }),
      );
      for (const broadcast of all) await broadcasts().create(broadcast);
      const ids = all.map(({ id }) => id).sort();
      const page = async (limit: number, after?: string) =>
        (await broadcasts()[list](limit, after)).map(({ id }) => id);
      expect(await page(20)).toEqual(ids);
      expect(await page(4)).toEqual(ids.slice(0, 4));
      expect(await page(4, ids[3])).toEqual(ids.slice(4, 8));
      expect(await page(4, ids[7])).toEqual(ids.slice(8));
      expect(await page(4, ids[8])).toEqual([]);
    },
  );

  test("a list is of one phase or of all, the latest first", async () => {
    await createAll({
      second: { phase: "running", createdAt: START + 2 },
      fourth: { phase: "failed", createdAt: START + 4 },
      first: { phase: "running", createdAt: START + 1 },
      third: { phase: "running", createdAt: START + 3 },
    });
    expect(names(await broadcasts().list("running", 10))).toEqual(["third", "second", "first"]);
    expect(names(await broadcasts().list("running", 2))).toEqual(["third", "second"]);
    expect(names(await broadcasts().list(undefined, 10))).toEqual(["fourth", "third", "second", "first"]);
    expect(names(await broadcasts().list(undefined, 1))).toEqual(["fourth"]);
    expect(await broadcasts().list("succeeded", 10)).toEqual([]);
  });
}
