import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { planPages } from "../domain/plan-chunks.ts";
import { MIGRATIONS } from "../runtime/schema.ts";
import { openDatabase } from "../runtime/sqlite.ts";
import { type Clock, createClock, START } from "../testing/clock.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { createFolder } from "../testing/folder.ts";
import { makeBroadcast, makeDocument } from "../testing/records.ts";
import { readAddresses } from "./contract/read.ts";
import type { Registrations } from "./index.ts";
import { createSqliteRegistrations } from "./sqlite.ts";

const DAY_MS = 86_400_000;
const EVERYTHING = { after: "", upTo: null };
const OWNER = "users/u";

let data: DataFile;
let clock: Clock;
let registrations: Registrations;
beforeEach(() => {
  data = createDataFile();
  clock = createClock();
  registrations = createSqliteRegistrations(data.database, clock.now);
});
afterEach(() => data.close());

/** Releases a broadcast now: it is created for later, and replaced. */
async function release(name: string): Promise<Broadcast> {
  const broadcasts = createSqliteBroadcasts(data.database);
  const scheduled = makeBroadcast(name, { phase: "scheduled", releasedAt: null });
  await broadcasts.create(scheduled);
  const released: Broadcast = { ...scheduled, phase: "running", releasedAt: clock.now() };
  expect(await broadcasts.replace(released)).toBe("written");
  return released;
}

async function prune({ id, releasedAt }: Broadcast): Promise<void> {
  const dead = [{ address: "dead", kind: "token" as const, code: "UNREGISTERED" }];
  await registrations.prune({ broadcast: id, notSince: releasedAt ?? 0, dead });
}

const register = () =>
  registrations.register({ owner: OWNER, address: "dead", kind: "token", deviceType: "iOS" });
const put = () => registrations.put([makeDocument("u", "dead")]);

describe("registrations imported while the clock was a day ahead", () => {
  const hundred = () =>
    Array.from({ length: 100 }, (_, index) =>
      makeDocument("u", `a${index}`, { path: `users/u${index}/fcm_tokens/t` }),
    );

  test("are members of a broadcast after it was set right, and none is late", async () => {
    await clock.advance(DAY_MS);
    await registrations.put(hundred());
    await clock.advance(-DAY_MS);
    const { releasedAt } = await release("b");
    const pages = await Array.fromAsync(
      planPages(registrations.read(EVERYTHING, undefined), releasedAt ?? 0),
    );
    expect(pages.flatMap(({ chunks }) => chunks.flat())).toHaveLength(100);
    expect(pages.map(({ counts }) => counts)).toEqual([{ read: 100, withoutAddress: 0, late: 0 }]);
  });

  test("are so where users are listed, too", async () => {
    await clock.advance(DAY_MS);
    await registrations.put(hundred());
    await clock.advance(-DAY_MS);
    const owned = await registrations.readOwned(["users/u1", "users/u2"]);
    expect(owned.map(({ createdAt }) => createdAt)).toEqual([0, 0]);
  });
});

test("a registration that comes at the moment of the reading is late, and not taken for an old one", async () => {
  const { releasedAt } = await release("b");
  await clock.advance(1_000);
  let isDone = false;
  const reader = createSqliteRegistrations(data.database, () => {
    const time = clock.now();
    if (!isDone) {
      isDone = true;
      void clock.advance(1);
      void put();
    }
    return time;
  });
  const read = async () => Array.fromAsync(planPages(reader.read(EVERYTHING, undefined), releasedAt ?? 0));
  expect(await read()).toEqual([]);
  expect((await read()).map(({ counts }) => counts.late)).toEqual([1]);
});

describe.each([
  ["registered", register],
  ["imported", put],
])("a dead address that is %s again", (_, write) => {
  test("after its broadcast was released by a clock that was ahead is not deleted", async () => {
    await put();
    await clock.advance(DAY_MS);
    const broadcast = await release("ahead");
    await clock.advance(-DAY_MS + 1_000);
    await write();
    await prune(broadcast);
    expect(await readAddresses(registrations)).toEqual(["dead"]);
  });

  test("by a clock that was ahead, before its broadcast was released by the right one, is not deleted", async () => {
    await put();
    await clock.advance(DAY_MS);
    await write();
    await clock.advance(-DAY_MS + 1_000);
    await prune(await release("right"));
    expect(await readAddresses(registrations)).toEqual(["dead"]);
  });

  test("in the very millisecond of the release is not deleted, and one that is not goes", async () => {
    await put();
    const broadcast = await release("b");
    await write();
    await prune(broadcast);
    expect(await readAddresses(registrations)).toEqual(["dead"]);
    await clock.advance(1);
    await prune(await release("next"));
    expect(await readAddresses(registrations)).toEqual([]);
  });
});

test("what was restored after the clock was set right is not pruned again by the same broadcast", async () => {
  await put();
  await clock.advance(DAY_MS);
  const broadcast = await release("ahead");
  await prune(broadcast);
  await clock.advance(-DAY_MS);
  await Array.fromAsync(registrations.restore(broadcast.id));
  await prune(broadcast);
  expect(await readAddresses(registrations)).toEqual(["dead"]);
});

test("a file of an older version knows its latest release after it is migrated", async () => {
  const folder = createFolder();
  const file = join(folder.path, "fanfare.db");
  const older = openDatabase(file, MIGRATIONS.slice(0, 9));
  const record = makeBroadcast("b", { releasedAt: START + DAY_MS });
  older
    .sql("INSERT INTO broadcasts VALUES (?, 1, 'running', 0, 0, 0, ?)")
    .run(record.id, JSON.stringify(record));
  older.close();
  const database = openDatabase(file);
  await createSqliteRegistrations(database, () => START).put([makeDocument("u", "dead")]);
  expect(database.sql("SELECT updated_at AS at FROM registrations").get()).toEqual({
    at: START + DAY_MS + 1,
  });
  database.close();
  folder.remove();
});
