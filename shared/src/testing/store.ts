import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import { createSqliteBus } from "../bus/sqlite.ts";
import { createSqliteDocuments } from "../documents/sqlite.ts";
import { createSqliteHealth } from "../health/sqlite.ts";
import { createSqliteIntake } from "../intake/sqlite.ts";
import { createSqliteLedger } from "../ledger/sqlite.ts";
import { createSqliteRegistrations } from "../registrations/sqlite.ts";
import { createSqliteSenders } from "../senders/sqlite.ts";
import { createClock } from "./clock.ts";
import { createDataFile } from "./data-file.ts";

/** The drivers of one machine on a data file of their own, with clocks that stand still until they are moved. */
export function createStore() {
  const data = createDataFile();
  const { sql } = data.database;
  const { now: bootNow, advance } = createClock();
  let offsetMs = 0;
  const now = () => bootNow() + offsetMs;
  const bus = createSqliteBus(data.database, { now: bootNow, wallNow: now });
  return {
    broadcasts: createSqliteBroadcasts(data.database),
    ledger: createSqliteLedger(data.database, undefined, bootNow),
    registrations: createSqliteRegistrations(data.database, now),
    senders: createSqliteSenders(data.database, bootNow),
    health: createSqliteHealth(data.database, bootNow, now),
    documents: createSqliteDocuments(data.database, now),
    intake: createSqliteIntake(data.database, now),
    bus,
    now,
    /** The clock that `stepWall` leaves alone. */
    bootNow,
    sync: async () => undefined,
    advance,
    /** Sets the wall clock, `now`, on or back. */
    stepWall(ms: number) {
      offsetMs += ms;
    },
    /** What waits in a subscription, in the order in which it was published. */
    waiting: (subscription: string): Record<string, unknown>[] =>
      sql("SELECT data FROM messages WHERE subscription = ? ORDER BY id")
        .all(subscription)
        .map(({ data }) => JSON.parse(String(data))),
    async close() {
      await bus.close();
      await data.close();
    },
  };
}

export type TestStore = ReturnType<typeof createStore>;
