import { expect, test } from "vitest";
import { openDatabase } from "../sqlite/database.ts";
import { createClock, START } from "../testing/clock.ts";
import { createDataFile } from "../testing/data-file.ts";
import { makeDocumentId, makeMember } from "./contract/members.ts";
import { describeIntakeContract } from "./contract.ts";
import { createSqliteIntake } from "./sqlite.ts";

const MONTH = 30 * 86_400_000;

function open() {
  const { file, database, close } = createDataFile();
  const second = openDatabase(file);
  const { now, advance } = createClock();
  return {
    sql: database.sql,
    intake: createSqliteIntake(database, now),
    other: createSqliteIntake(second, now),
    advance,
    async close() {
      second.close();
      await close();
    },
  };
}

describeIntakeContract("SQLite", async () => open());

test("the clock set back by a day: what was asked for meanwhile counts for an hour, and no longer", async () => {
  const { intake, advance, close } = open();
  const admit = (name: string) =>
    intake.admit("users/u", makeDocumentId(name), { most: 1, withinMs: 3_600_000 });
  expect(await admit("a")).toBe("admitted");
  await advance(-86_400_000);
  expect(await admit("b")).toBe("refused");
  await advance(3_599_999);
  expect(await admit("c")).toBe("refused");
  await advance(1);
  expect(await admit("d")).toBe("admitted");
  await close();
});

test("the clock set back by a day: a batch waits for an hour, and is not given up at once", async () => {
  const { intake, advance, close } = open();
  await intake.join(makeMember("a", 0, 2));
  const waiting = (now: number) => intake.waiting(now - 3_600_000, 10);
  await advance(-86_400_000);
  expect(await waiting(START - 86_400_000)).toEqual([]);
  await advance(3_599_999);
  expect(await waiting(START - 86_400_000 + 3_599_999)).toEqual([]);
  await advance(1);
  expect(await waiting(START - 86_400_000 + 3_600_000)).toHaveLength(1);
  await close();
});

test("everything is forgotten after thirty days, when more of its kind comes", async () => {
  const { sql, intake, advance, close } = open();
  const note = async (name: string) => {
    const document = makeDocumentId(name);
    await intake.join(makeMember(name, 0, 2));
    await intake.admit(name, document, { most: 1, withinMs: 1_000 });
    await intake.noteRefusal({ ...document, reason: "r" });
    await intake.noteComparison(document, { theirs: { status: "failed" } });
  };
  const counts = () =>
    ["batches", "batched", "asked", "refusals", "comparisons"].map(
      (table) => sql(`SELECT count(*) AS n FROM ${table}`).get()?.n,
    );
  await note("old");
  await advance(MONTH - 1);
  await note("young");
  expect(counts()).toEqual([2, 2, 2, 2, 2]);
  await advance(1);
  await note("new");
  expect(counts()).toEqual([2, 2, 2, 2, 2]);
  expect(await intake.batchOf(makeDocumentId("old0"))).toBeNull();
  await close();
});

test("the clock set back by a day: a field is noted again at once, and by the clock that is right", async () => {
  const { intake, other, advance, close } = open();
  await intake.noteFields(["x"], makeDocumentId("a"));
  await advance(-86_400_000);
  await intake.noteFields(["x"], makeDocumentId("b"));
  const { path } = makeDocumentId("b");
  expect(await other.fields()).toEqual([{ name: "x", path, at: START - 86_400_000 }]);
  await close();
});
