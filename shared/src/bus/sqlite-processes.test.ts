import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../sqlite/database.ts";
import { createInbox, dataOf, numbered, receivedTogether } from "./contract/inbox.ts";
import { CONTRACT_TOPOLOGY } from "./contract.ts";
import type { Delivery } from "./index.ts";
import { createSqliteBus } from "./sqlite.ts";

const CONCURRENCY = 5;

/** Tells the test of each delivery; handlers wait for "go". At "stop" it closes as a service does. */
const consumerProcess = `
import { openDatabase } from "${new URL("../sqlite/database.ts", import.meta.url)}";
import { createSqliteBus } from "${new URL("./sqlite.ts", import.meta.url)}";
const [file, options, subscription, concurrency] = JSON.parse(process.argv[1]);
const database = openDatabase(file);
const bus = createSqliteBus(database, options);
const go = Promise.withResolvers();
process.on("message", async (message) => {
  if (message === "go") return go.resolve();
  await bus.close();
  database.close();
  process.disconnect();
});
bus.subscribe(subscription, concurrency, async (delivery) => {
  process.send(delivery);
  await go.promise;
  return "ack";
});
`;

let folder: string;
let file: string;
let database: Database;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bus-processes-"));
  file = join(folder, "data.sqlite");
  database = openDatabase(file);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null) child.kill("SIGKILL");
  }
  database.close();
  await rm(folder, { recursive: true });
});

function startConsumer(secondMs: number) {
  const config = [file, { topology: CONTRACT_TOPOLOGY, secondMs }, "jobs.work", CONCURRENCY];
  const args = ["--input-type=module", "--eval", consumerProcess, JSON.stringify(config)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const inbox = createInbox();
  child.on("message", (delivery) => inbox.handle(delivery as Delivery));
  children.push(child);
  return { child, inbox, exited: once(child, "exit") };
}

test("three processes share 2,000 messages, and none of them is handled twice", async () => {
  const bus = createSqliteBus(database, { topology: CONTRACT_TOPOLOGY });
  const consumers = [startConsumer(1000), startConsumer(1000), startConsumer(1000)];
  await bus.publish("jobs", numbered(2_000));
  await Promise.all(consumers.map(({ inbox }) => inbox.received(1)));
  for (const { child } of consumers) child.send("go");
  await receivedTogether(
    consumers.map((consumer) => consumer.inbox),
    2_000,
  );
  for (const { child } of consumers) child.send("stop");
  expect(await Promise.all(consumers.map(({ exited }) => exited))).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
  const handled = consumers.flatMap(({ inbox }) => inbox.deliveries);
  expect(dataOf(handled)).toEqual(dataOf(numbered(2_000)));
  expect(database.sql("SELECT count(*) AS count FROM messages").get()).toMatchObject({ count: 0 });
  await bus.close();
});

test("what a killed process was handling comes again, and nothing is lost", async () => {
  const bus = createSqliteBus(database, { topology: CONTRACT_TOPOLOGY });
  await bus.publish("jobs", numbered(50));
  // Its seconds are short: what it holds comes again soon.
  const victim = startConsumer(10);
  const taken = [...(await victim.inbox.received(CONCURRENCY))];
  victim.child.kill("SIGKILL");
  await victim.exited;
  const survivor = createInbox();
  bus.subscribe("jobs.work", CONCURRENCY, survivor.handle);
  await survivor.received(50);
  await bus.close();
  const attempts = new Map(survivor.deliveries.map(({ data, attempt }) => [data, attempt]));
  expect([...attempts.keys()].sort()).toEqual(dataOf(numbered(50)).sort());
  for (const { data } of taken) expect(attempts.get(data)).toBeGreaterThanOrEqual(2);
  expect(database.sql("SELECT count(*) AS count FROM messages").get()).toMatchObject({ count: 0 });
});
