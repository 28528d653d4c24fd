import { join } from "node:path";
import { z } from "zod";
import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import { createSqliteBus } from "../bus/sqlite.ts";
import { createSqliteDocuments } from "../documents/sqlite.ts";
import { createSqliteHealth } from "../health/sqlite.ts";
import { commonSettings, timingOf } from "../hosting/settings.ts";
import { createSqliteIntake } from "../intake/sqlite.ts";
import { createSqliteLedger } from "../ledger/sqlite.ts";
import { createSqliteRegistrations } from "../registrations/sqlite.ts";
import { createSqliteSenders } from "../senders/sqlite.ts";
import type { Store } from "../store.ts";
import { enterBoot } from "./boot.ts";
import { type Boot, machineBoot } from "./boot-clock.ts";
import { openDatabase } from "./database.ts";

/** The settings of every service on one machine, as environment variables. */
export const embeddedSettings = {
  /** The folder of the data file. */
  FANFARE_DATA: z.string().min(1).default(".fanfare"),
  ...commonSettings,
};

const settings = z.object(embeddedSettings);

/** The data file in a folder. */
export const dataFileIn = (folder: string): string => join(folder, "fanfare.db");

/** What SQLite takes by itself. */
const CACHE_MB = 2;

/**
 * Opens the data file of one machine with a driver for each port. Any number of processes may do so at once.
 * @param cacheMb memory for pages of the file, in megabytes; taken as it is needed, and kept
 */
export function openEmbedded(
  config: z.infer<typeof settings>,
  cacheMb = CACHE_MB,
  boot: Boot = machineBoot(),
): Store {
  const database = openDatabase(dataFileIn(config.FANFARE_DATA));
  database.sql(`PRAGMA cache_size = ${-1_024 * cacheMb}`).get();
  enterBoot(database, boot);
  const bus = createSqliteBus(database, { now: boot.now });
  return {
    registrations: createSqliteRegistrations(
      database,
      undefined,
      undefined,
      config.FANFARE_TOKENS_COLLECTION,
    ),
    broadcasts: createSqliteBroadcasts(database),
    ledger: createSqliteLedger(database, timingOf(config), boot.now),
    senders: createSqliteSenders(database, boot.now),
    health: createSqliteHealth(database, boot.now),
    documents: createSqliteDocuments(database),
    intake: createSqliteIntake(database),
    bus,
    // Whatever opens the file is on its machine.
    now: () => Date.now(),
    sync: async () => undefined,
    async close() {
      await bus.close();
      database.close();
    },
  };
}
