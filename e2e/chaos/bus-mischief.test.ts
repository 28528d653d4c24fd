import { join } from "node:path";
import { createRandom } from "@fanfare/demo/random";
import { createSqliteBus } from "@fanfare/shared/bus/sqlite";
import { openDatabase } from "@fanfare/shared/sqlite/database";
import { createFolder } from "@fanfare/shared/testing/folder";
import { expect, test } from "vitest";
import { plagueBus } from "./bus-mischief.ts";

const COUNT = 2_000;
const NONE = { dropped: 0, doubled: 0, delayed: 0, maxDelayMs: 1_000 };

/** Publishes messages to a bus in such trouble, and looks at what is left of them. */
async function publish(topic: string, mischief: Partial<typeof NONE>, seed = "s") {
  await using closing = new AsyncDisposableStack();
  const folder = closing.adopt(createFolder(), (one) => one.remove());
  const database = closing.adopt(openDatabase(join(folder.path, "fanfare.db")), (one) => one.close());
  const plague = plagueBus(folder.path, { ...NONE, ...mischief, random: createRandom(seed) });
  closing.defer(plague.close);
  const messages = Array.from({ length: COUNT }, (_, index) => ({ data: `${index}` }));
  const now = () => 1_800_000_000_000;
  await createSqliteBus(database, { now, wallNow: now }).publish(topic, messages);
  const rows = database.sql("SELECT data, visible_at - published_at AS lateMs FROM messages").all();
  const seen = rows.map(({ data, lateMs }) => ({ data: String(data), lateMs: Number(lateMs) }));
  return { befallen: plague.read(), seen, there: new Set(seen.map(({ data }) => data)) };
}

test("nothing befalls messages where nothing is to", async () => {
  const { befallen, seen } = await publish("token-chunks", {});
  expect(befallen).toEqual({ lost: 0, doubled: 0, delayed: 0 });
  expect(seen.map(({ data }) => Number(data))).toEqual(Array.from({ length: COUNT }, (_, index) => index));
});

test("about as many as asked for are lost, and they are gone", async () => {
  const { befallen, there } = await publish("token-chunks", { dropped: 0.1 });
  expect(befallen.lost).toBeGreaterThan(COUNT * 0.07);
  expect(befallen.lost).toBeLessThan(COUNT * 0.13);
  expect(there.size).toBe(COUNT - befallen.lost);
});

test("about as many as asked for are doubled, once each", async () => {
  const { befallen, seen, there } = await publish("token-chunks", { doubled: 0.2 });
  expect(befallen.doubled).toBeGreaterThan(COUNT * 0.16);
  expect(befallen.doubled).toBeLessThan(COUNT * 0.24);
  expect(there.size).toBe(COUNT);
  expect(seen).toHaveLength(COUNT + befallen.doubled);
});

test("about as many as asked for are late, so that later ones overtake them", async () => {
  const { befallen, seen } = await publish("token-chunks", { delayed: 0.3 });
  const late = seen.filter(({ lateMs }) => lateMs > 0);
  expect(befallen.delayed).toBeGreaterThan(COUNT * 0.26);
  expect(befallen.delayed).toBeLessThan(COUNT * 0.34);
  expect(Math.max(...late.map(({ lateMs }) => lateMs))).toBeLessThan(1_000);
  expect(new Set(late.map(({ lateMs }) => lateMs)).size).toBeGreaterThan(100);
});

test("the same seed has the same luck, another another", async () => {
  const [one, again, other] = await Promise.all(
    ["s", "s", "t"].map((seed) => publish("token-chunks", { dropped: 0.5 }, seed)),
  );
  expect(again?.there).toEqual(one?.there);
  expect(other?.there).not.toEqual(one?.there);
});

test("dead letters are left alone", async () => {
  const { befallen, seen } = await publish("sender-dead", { dropped: 1, doubled: 1, delayed: 1 });
  expect(befallen).toEqual({ lost: 0, doubled: 0, delayed: 0 });
  expect(seen).toHaveLength(COUNT);
});
