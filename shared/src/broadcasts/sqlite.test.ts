import { afterEach, beforeEach, expect, test } from "vitest";
import type { Broadcast } from "../domain/broadcast.ts";
import { type Child, startChild } from "../testing/child.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { makeBroadcast } from "../testing/records.ts";
import { describeBroadcastsContract } from "./contract.ts";
import { createSqliteBroadcasts } from "./sqlite.ts";

describeBroadcastsContract("SQLite", async () => {
  const data = createDataFile();
  return { broadcasts: createSqliteBroadcasts(data.database), close: data.close };
});

/** Creates its own version of one broadcast, tells what came of it, and adds to the stored one a number of times. */
const rival = `
import { createSqliteBroadcasts } from "${new URL("./sqlite.ts", import.meta.url)}";
import { update } from "${new URL("./index.ts", import.meta.url)}";
import { openDatabase } from "${new URL("../sqlite/database.ts", import.meta.url)}";
const { file, broadcast, times } = JSON.parse(process.argv[1]);
const database = openDatabase(file);
const broadcasts = createSqliteBroadcasts(database);
process.once("message", async () => {
  const { kind } = await broadcasts.create(broadcast);
  for (let time = 0; time < times; time++)
    await update(broadcasts, broadcast.id, (current) => ({ ...current, dueAt: current.dueAt + 1 }));
  process.send(kind);
  database.close();
  process.disconnect();
});
process.send("ready");
`;

let data: DataFile;
let children: Child[];
beforeEach(() => {
  data = createDataFile();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.ended));
  await data.close();
});

test("four processes create one broadcast once, and none of their updates is lost", async () => {
  const rivals = ["a", "b", "c", "d"].map((fingerprint) => makeBroadcast("race", { fingerprint, dueAt: 0 }));
  children = rivals.map((broadcast) => startChild(rival, { file: data.file, broadcast, times: 50 }));
  await Promise.all(children.map((child) => child.told(1)));
  for (const child of children) child.send("go");
  const kinds = (await Promise.all(children.map((child) => child.told(2)))).map(([, kind]) => kind);
  expect(kinds.toSorted()).toEqual(["created", "existing", "existing", "existing"]);
  const winner = rivals[kinds.indexOf("created")] as Broadcast;
  const stored = await createSqliteBroadcasts(data.database).get(winner.id);
  expect(stored).toEqual({ ...winner, version: 201, dueAt: 200 });
});

test("a standstill that version 0.1.0 wrote is read, and written where that version looks for it", async () => {
  const { sql } = data.database;
  const broadcasts = createSqliteBroadcasts(data.database);
  const [made, progress] = [makeBroadcast("old"), { mark: "m", at: 1, lookedAt: 2 }];
  await broadcasts.create(made);
  sql("UPDATE broadcasts SET record = ?").run(JSON.stringify({ ...made, progress }));
  expect(await broadcasts.get(made.id)).toEqual({ ...made, standstill: progress });
  expect(await broadcasts.list(undefined, 1)).toEqual([{ ...made, standstill: progress }]);
  await broadcasts.replace({ ...made, standstill: { ...progress, lookedAt: 3 } });
  const { record } = sql("SELECT record FROM broadcasts").get() ?? {};
  expect(JSON.parse(String(record))).toMatchObject({ version: 2, progress: { ...progress, lookedAt: 3 } });
});
