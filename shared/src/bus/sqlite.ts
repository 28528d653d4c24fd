import { RetryableError } from "../errors.ts";
import { bootNow } from "../sqlite/boot-clock.ts";
import type { Database } from "../sqlite/database.ts";
import type { Bus } from "./index.ts";
import { closedError, missing, refuseTooLarge } from "./refusals.ts";
import { createConsumer, type LocalConsumer } from "./sqlite-consumer.ts";
import { createQueue, insertCopies, subscriptionsOf } from "./sqlite-queue.ts";
import { TOPOLOGY, type Topology } from "./topology.ts";

export interface SqliteBusOptions {
  topology?: Topology;
  /** The machine's boot clock, by which messages wait. */
  now?: () => number;
  /** The wall clock, by which people read when a message was published. */
  wallNow?: () => number;
  /** Between two looks at the file, in milliseconds; up to four times as much while nothing comes. */
  pollMs?: number;
  /** How long a second of the topology lasts, in milliseconds. Less makes deadlines and back-offs short. */
  secondMs?: number;
  /** Told what a handler threw, and what went wrong with the file; consumers go on. Default: a process warning. */
  onError?: (error: unknown, subscription: string) => void;
}

type Settings = Required<SqliteBusOptions> & { database: Database };

/** All buses of a process on one database wake each other's consumers. Other processes find messages by polling. */
const localConsumers = new WeakMap<Database, Set<LocalConsumer>>();

/**
 * The bus in the data file, for one machine. Any number of processes may share the file, each with a database of its
 * own, which the caller closes after the bus.
 */
export function createSqliteBus(database: Database, options: SqliteBusOptions = {}): Bus {
  const settings = withDefaults(database, options);
  const local = localConsumers.get(database) ?? new Set();
  localConsumers.set(database, local);
  const own = new Set<LocalConsumer>();
  // While it closes, running handlers may still publish, and nobody may subscribe.
  let state: "open" | "closing" | "closed" = "open";

  return {
    async publish(topic, messages) {
      if (state === "closed") throw closedError();
      const { topology } = settings;
      if (!topology.topics.includes(topic)) throw missing("topic", topic);
      for (const message of messages) refuseTooLarge(message);
      if (messages.length === 0) return;
      try {
        database.write(() => {
          for (const message of messages) insertCopies(settings, topic, message);
        });
      } catch (cause) {
        throw new RetryableError("BUS_UNAVAILABLE", `publishing to ${topic} failed`, { cause });
      }
      const reached = subscriptionsOf(topology, topic);
      for (const consumer of local) if (reached.includes(consumer.subscription)) consumer.wake();
    },

    subscribe(subscription, concurrency, handle) {
      if (state !== "open") throw closedError();
      const queue = createQueue(settings, subscription);
      const consumer = createConsumer(settings, queue, concurrency, handle, () => {
        own.delete(consumer);
        local.delete(consumer);
      });
      own.add(consumer);
      local.add(consumer);
      consumer.wake();
      return consumer;
    },

    async close() {
      if (state === "open") state = "closing";
      await Promise.all([...own].map((consumer) => consumer.close()));
      state = "closed";
    },
  };
}

function withDefaults(database: Database, options: SqliteBusOptions): Settings {
  const warn = (error: unknown) => process.emitWarning(error instanceof Error ? error : String(error));
  return {
    database,
    topology: TOPOLOGY,
    now: bootNow,
    wallNow: Date.now,
    pollMs: 25,
    secondMs: 1000,
    onError: warn,
    ...options,
  };
}
