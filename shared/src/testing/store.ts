import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import { createSqliteBus } from "../bus/sqlite.ts";
import { createSqliteDocuments } from "../documents/sqlite.ts";
import { createSqliteHealth } from "../health/sqlite.ts";
import { createSqliteIntake } from "../intake/sqlite.ts";
import { createSqliteLedger } from "../ledger/sqlite.ts";
import { createSqliteRegistrations } from "../registrations/sqlite.ts";
import { createClock } from "./clock.ts";
import { createDataFile } from "./data-file.ts";

/** The drivers of one machine on a data file of their own, with a clock that stands still until it is moved. */
export function createStore() {
  const data = createDataFile();
  const { sql } = data.database;
  const { now, advance } = createClock();
  const bus = createSqliteBus(data.database, { now });
  return {
    broadcasts: createSqliteBroadcasts(data.database),
    ledger: createSqliteLedger(data.database, undefined, now),
    registrations: createSqliteRegistrations(data.database, now),
    health: createSqliteHealth(data.database, now),
    documents: createSqliteDocuments(data.database, now),
    intake: createSqliteIntake(data.database, now),
    bus,
    now,
    sync: async () => undefined,
    advance,
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
