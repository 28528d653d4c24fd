import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Child, startChild } from "../testing/child.ts";
import { createFolder } from "../testing/folder.ts";
import { openDatabase } from "./database.ts";
import { MIGRATIONS } from "./schema.ts";

/** Opens the file at "go" and adds to a number in it, each time by reading it first. */
const adder = `
import { openDatabase } from "${new URL("./database.ts", import.meta.url)}";
const { file, migrations, times } = JSON.parse(process.argv[1]);
process.once("message", () => {
  const database = openDatabase(file, migrations);
  const { sql, write } = database;
  for (let time = 0; time < times; time++) {
    write(() => {
      const { n } = sql("SELECT n FROM counter").get();
      sql("UPDATE counter SET n = ?").run(n + 1);
    });
  }
  process.send("done");
  database.close();
  process.disconnect();
});
process.send("ready");
`;

/** Opens one new file after another, each as nearly as it can at the moment at which the others open it. */
const opener = `
import { openDatabase } from "${new URL("./database.ts", import.meta.url)}";
const files = JSON.parse(process.argv[1]);
process.once("message", (start) => {
  for (const [at, file] of files.entries()) {
    while (Date.now() < Number(start) + at * 25);
    openDatabase(file).close();
  }
  process.send("done");
  process.disconnect();
});
process.send("ready");
`;

/** Takes a while, so that whoever comes second has to wait for it. */
const slow = `
CREATE TABLE numbers AS
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 200000) SELECT n FROM numbers;
CREATE TABLE counter (n INTEGER);
INSERT INTO counter VALUES (0);
`;

let folder: ReturnType<typeof createFolder>;
let children: Child[];
beforeEach(() => {
  folder = createFolder();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.ended));
  folder.remove();
});

test("of four processes that open a new file at once one migrates it, and no write of theirs is lost", async () => {
  const file = join(folder.path, "fanfare.db");
  const migrations = [...MIGRATIONS, slow];
  children = [1, 2, 3, 4].map(() => startChild(adder, { file, migrations, times: 50 }));
  await Promise.all(children.map((child) => child.told(1)));
  for (const child of children) child.send("go");
  await Promise.all(children.map((child) => child.told(2)));
  const database = openDatabase(file, migrations);
  expect(database.sql("SELECT n FROM counter").all()).toEqual([{ n: 200 }]);
  expect(database.sql("SELECT count(*) AS n FROM numbers").get()).toEqual({ n: 200_000 });
  expect(database.sql("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  database.close();
});

test("four processes that open forty new files at the same moments open them all", async () => {
  const files = Array.from({ length: 40 }, (_, at) => join(folder.path, `${at}.db`));
  children = [1, 2, 3, 4].map(() => startChild(opener, files));
  await Promise.all(children.map((child) => child.told(1)));
  for (const child of children) child.send(String(Date.now() + 50));
  expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0, 0, 0]);
});
