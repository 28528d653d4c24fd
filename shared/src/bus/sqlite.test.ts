import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RetryableError } from "../errors.ts";
import { type Database, openDatabase } from "../sqlite/database.ts";
import { shiftDate } from "../testing/shift-date.ts";
import { createInbox, dataOf, numbered } from "./contract/inbox.ts";
import { CONTRACT_TOPOLOGY, type ContractBus, describeBusContract } from "./contract.ts";
import { type Bus, MAX_MESSAGE_BYTES } from "./index.ts";
import { createSqliteBus, type SqliteBusOptions } from "./sqlite.ts";
import { MAX_HOLD_SECONDS } from "./sqlite-queue.ts";
import { parseTopology, type Topology } from "./topology.ts";

/** The contract's deadline is longer than a hold, so this is when a message that nobody renews is free. */
const ACK_DEADLINE_SECONDS = MAX_HOLD_SECONDS;
/** A second so long that no timer of the driver comes up in a test, and a poll as rare. */
const NEVER_MS = 100_000_000;
const DAY_MS = 86_400_000;
const WAIT = { timeout: 20_000, interval: 1 };

describeBusContract("SQLite", async () => openFile());

describe("a wall clock that steps back and forward", () => {
  describeBusContract("SQLite", async () => {
    const date = shiftDate(DAY_MS);
    const file = await openFile(CONTRACT_TOPOLOGY, Date.now);
    return {
      ...file,
      async passAckDeadline() {
        date.step(-DAY_MS - 900_000);
        await file.passAckDeadline();
        date.step(DAY_MS);
      },
      async close() {
        date[Symbol.dispose]();
        await file.close();
      },
    };
  });
});

/** One data file with a clock that stands still until it is moved, and buses on it. */
async function openFile(topology: Topology = CONTRACT_TOPOLOGY, wallNow?: () => number) {
  const folder = await mkdtemp(join(tmpdir(), "bus-"));
  const buses: Bus[] = [];
  const databases: Database[] = [];
  const clock = { now: 1_800_000_000_000 };
  const connect = () => {
    const database = openDatabase(join(folder, "data.sqlite"));
    databases.push(database);
    return database;
  };
  const watcher = connect();

  function openBus(options: SqliteBusOptions = {}, database: Database = connect()): Bus {
    const now = () => clock.now;
    const common = { topology, now, wallNow: wallNow ?? now, pollMs: 1, secondMs: 1, onError: () => {} };
    const bus = createSqliteBus(database, { ...common, ...options });
    buses.push(bus);
    return bus;
  }

  /** Moves the clock on in steps of half a deadline, each when the last has been answered by an extension. */
  async function passAckDeadline(): Promise<void> {
    const earliest = "SELECT min(visible_at) AS at FROM messages WHERE ack_id IS NOT NULL";
    for (let step = 0; step < 6; step += 1) {
      clock.now += ACK_DEADLINE_SECONDS / 2;
      const extended = clock.now + ACK_DEADLINE_SECONDS;
      await vi.waitFor(() => expect(watcher.sql(earliest).get()?.at).toBe(extended), WAIT);
    }
  }

  async function close(): Promise<void> {
    await Promise.all(buses.map((bus) => bus.close()));
    for (const database of databases) database.close();
    await rm(folder, { recursive: true });
  }

  const contract: ContractBus = { bus: openBus(), another: async () => openBus(), passAckDeadline, close };
  return { ...contract, clock, connect, watcher, openBus };
}

describe("the bus in SQLite", () => {
  let file: Awaited<ReturnType<typeof openFile>>;
  beforeEach(async () => {
    file = await openFile();
  });
  afterEach(() => file.close());

  const rows = () => file.watcher.sql("SELECT * FROM messages").all();
  const waitForRows = (expected: object[]) => vi.waitFor(() => expect(rows()).toMatchObject(expected), WAIT);

  test.each(["ack", "nack"] as const)(
    "a late %s changes nothing for who has the message now",
    async (verdict) => {
      const [lateGate, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const late = createInbox(() => lateGate.promise.then(() => verdict));
      const holder = createInbox(() => gate.promise.then(() => "ack"));
      const bus = file.openBus({ secondMs: NEVER_MS });
      const first = bus.subscribe("jobs.work", 1, late.handle);
      await bus.publish("jobs", numbered(1));
      await late.received(1);
      file.clock.now += ACK_DEADLINE_SECONDS * NEVER_MS;
      const second = file.openBus({ secondMs: NEVER_MS }).subscribe("jobs.work", 1, holder.handle);
      await holder.received(1);
      const before = rows();
      lateGate.resolve();
      await first.close();
      expect(rows()).toEqual(before);
      expect(holder.deliveries).toMatchObject([{ attempt: 2 }]);
      gate.resolve();
      await second.close();
      expect(rows()).toEqual([]);
    },
  );

  test("a late extension changes nothing for who has the message now", async () => {
    const gate = Promise.withResolvers<void>();
    const inbox = createInbox(() => gate.promise.then(() => "ack"));
    const flaky = watch(file.connect());
    const bus = file.openBus({}, flaky.database);
    const first = bus.subscribe("jobs.work", 1, inbox.handle);
    await bus.publish("jobs", numbered(1));
    await inbox.received(1);
    flaky.broken = true;
    file.clock.now += ACK_DEADLINE_SECONDS;
    const second = file.openBus({ secondMs: NEVER_MS }).subscribe("jobs.work", 1, inbox.handle);
    await inbox.received(2);
    const before = rows();
    flaky.broken = false;
    const { writes } = flaky;
    await vi.waitFor(() => expect(flaky.writes).toBeGreaterThan(writes), WAIT);
    expect(rows()).toEqual(before);
    gate.resolve();
    await Promise.all([first.close(), second.close()]);
  });

  test("the back-off doubles from the minimum to the maximum", async () => {
    const retry = { minimumBackoffSeconds: 10, maximumBackoffSeconds: 60 };
    const topology = parseTopology({
      topics: ["news"],
      subscriptions: { slow: { topic: "news", ackDeadlineSeconds: 10, retry } },
    });
    const inbox = createInbox(async () => "nack");
    const bus = file.openBus({ topology, secondMs: 1000 });
    bus.subscribe("slow", 1, inbox.handle);
    await bus.publish("news", numbered(1));
    for (const seconds of [10, 20, 40, 60, 60]) {
      const visibleAt = file.clock.now + seconds * 1000;
      await waitForRows([{ ack_id: null, visible_at: visibleAt }]);
      file.clock.now = visibleAt;
    }
    await inbox.received(6);
  });

  test("a message lost at its last delivery goes to the dead letters", async () => {
    const [work, dead] = [createInbox(), createInbox()];
    await file.bus.publish("jobs", [{ data: "{}", attributes: { type: "job" } }]);
    file.watcher.sql("UPDATE messages SET attempts = 5, ack_id = 'lost'").run();
    file.bus.subscribe("jobs.work", 1, work.handle);
    file.bus.subscribe("jobs.bury", 1, dead.handle);
    const [letter] = await dead.received(1);
    expect(letter?.attributes).toEqual({
      type: "job",
      CloudPubSubDeadLetterSourceSubscription: "jobs.work",
      CloudPubSubDeadLetterSourceDeliveryCount: "5",
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(file.clock.now).toISOString(),
    });
    expect(work.deliveries).toEqual([]);
  });

  test("a message lost before that comes again", async () => {
    const inbox = createInbox();
    await file.bus.publish("jobs", numbered(1));
    file.watcher.sql("UPDATE messages SET attempts = 4, ack_id = 'lost'").run();
    file.bus.subscribe("jobs.work", 1, inbox.handle);
    expect(await inbox.received(1)).toMatchObject([{ attempt: 5 }]);
  });

  test("the oldest message comes first", async () => {
    const inbox = createInbox();
    await file.bus.publish("news", numbered(50));
    file.bus.subscribe("news.left", 1, inbox.handle);
    const deliveries = await inbox.received(50);
    expect(deliveries.map((delivery) => delivery.data)).toEqual(dataOf(numbered(50)));
  });

  test("a message of just the largest size is taken", async () => {
    const inbox = createInbox();
    const largest = { data: "é".repeat(MAX_MESSAGE_BYTES / 2 - 5), attributes: { name: "123456" } };
    await file.bus.publish("jobs", [largest]);
    file.bus.subscribe("jobs.work", 1, inbox.handle);
    expect((await inbox.received(1))[0]?.data).toHaveLength(largest.data.length);
  });

  test("publishing wakes the consumers of every bus on the same database, without a poll", async () => {
    const inbox = createInbox();
    const watched = watch(file.connect());
    const [publisher, other] = [0, 1].map(() => file.openBus({ pollMs: NEVER_MS }, watched.database)) as [
      Bus,
      Bus,
    ];
    publisher.subscribe("news.left", 1, inbox.handle);
    other.subscribe("news.right", 1, inbox.handle);
    await vi.waitFor(() => expect(watched.looks).toBe(2), WAIT);
    await publisher.publish("news", numbered(1));
    await inbox.received(2);
  });

  test("looking for messages that are not there takes no write lock", async () => {
    const watched = watch(file.connect());
    file.openBus({ secondMs: NEVER_MS }, watched.database).subscribe("news.left", 1, createInbox().handle);
    await vi.waitFor(() => expect(watched.looks).toBeGreaterThan(10), WAIT);
    expect(watched.writes).toBe(0);
  });

  test("what finishes together is written together", async () => {
    const gate = Promise.withResolvers<void>();
    const inbox = createInbox(() => gate.promise.then(() => "ack"));
    const watched = watch(file.connect());
    const bus = file.openBus({ secondMs: NEVER_MS }, watched.database);
    bus.subscribe("news.left", 100, inbox.handle);
    await bus.publish("news", numbered(100));
    await inbox.received(100);
    const { writes } = watched;
    gate.resolve();
    await vi.waitFor(() => expect(rows()).toHaveLength(100), WAIT);
    expect(watched.writes).toBe(writes + 1);
  });

  test("what a handler throws is told, with its subscription", async () => {
    const told: unknown[] = [];
    const failure = new Error("thrown on purpose");
    const bus = file.openBus({ onError: (...all) => told.push(all) });
    const inbox = createInbox(async ({ attempt }) => (attempt === 1 ? Promise.reject(failure) : "ack"));
    bus.subscribe("jobs.work", 1, inbox.handle);
    await bus.publish("jobs", numbered(1));
    await inbox.received(2);
    expect(told).toEqual([[failure, "jobs.work"]]);
  });

  describe("while the file cannot be used", () => {
    test("publishing fails as something that may pass", async () => {
      const watched = watch(file.connect());
      const bus = file.openBus({}, watched.database);
      watched.broken = true;
      await expect(bus.publish("news", numbered(1))).rejects.toThrow(RetryableError);
      watched.broken = false;
      await bus.publish("news", numbered(1));
      expect(rows()).toHaveLength(2);
    });

    test("a consumer keeps its verdicts, tells, and goes on afterwards", async () => {
      const gate = Promise.withResolvers<void>();
      const outage = Promise.withResolvers<void>();
      const inbox = createInbox(() => gate.promise.then(() => "ack"));
      const watched = watch(file.connect());
      const bus = file.openBus({ secondMs: NEVER_MS, onError: () => outage.resolve() }, watched.database);
      bus.subscribe("jobs.work", 1, inbox.handle);
      await bus.publish("jobs", numbered(2));
      await inbox.received(1);
      watched.broken = true;
      gate.resolve();
      await outage.promise;
      expect(inbox.deliveries).toHaveLength(1);
      watched.broken = false;
      await inbox.received(2);
      await waitForRows([]);
      expect(dataOf(inbox.deliveries)).toEqual(["0", "1"]);
    });

    test("a consumer closes all the same, and leaves its message to the deadline", async () => {
      const gate = Promise.withResolvers<void>();
      const inbox = createInbox(() => gate.promise.then(() => "ack"));
      const watched = watch(file.connect());
      const bus = file.openBus({ secondMs: NEVER_MS }, watched.database);
      const consumer = bus.subscribe("jobs.work", 1, inbox.handle);
      await bus.publish("jobs", numbered(1));
      await inbox.received(1);
      watched.broken = true;
      gate.resolve();
      await consumer.close();
      expect(rows()).toMatchObject([{ attempts: 1 }]);
    });
  });
});

/** A database that counts its uses and can be made to fail, as on a full disk. */
function watch(database: Database) {
  const refuse = () => {
    if (watched.broken) throw new Error("broken on purpose");
  };
  const watched = {
    looks: 0,
    writes: 0,
    broken: false,
    database: {
      ...database,
      sql(text: string) {
        refuse();
        if (text.startsWith("SELECT 1")) watched.looks += 1;
        return database.sql(text);
      },
      write<T>(work: () => T): T {
        refuse();
        watched.writes += 1;
        return database.write(work);
      },
    },
  };
  return watched;
}
