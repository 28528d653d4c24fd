import type { Broadcasts } from "@fanfare/shared/broadcasts";
import { createFirestoreBroadcasts } from "@fanfare/shared/broadcasts/firestore";
import { createSqliteBroadcasts } from "@fanfare/shared/broadcasts/sqlite";
import type { Documents } from "@fanfare/shared/documents";
import { createFirestoreDocuments } from "@fanfare/shared/documents/firestore";
import { createSqliteDocuments } from "@fanfare/shared/documents/sqlite";
import { LEASE } from "@fanfare/shared/domain/lease";
import type { Health } from "@fanfare/shared/health";
import { createFirestoreHealth } from "@fanfare/shared/health/firestore";
import { createSqliteHealth } from "@fanfare/shared/health/sqlite";
import type { Intake } from "@fanfare/shared/intake";
import { createFirestoreIntake } from "@fanfare/shared/intake/firestore";
import { createSqliteIntake } from "@fanfare/shared/intake/sqlite";
import type { Ledger } from "@fanfare/shared/ledger";
import { createFirestoreLedger } from "@fanfare/shared/ledger/firestore";
import { createMemoryLedger } from "@fanfare/shared/ledger/memory";
import { createGates, createSqliteLedger } from "@fanfare/shared/ledger/sqlite";
import type { RegistrationDocument, Registrations } from "@fanfare/shared/registrations";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { createSqliteRegistrations } from "@fanfare/shared/registrations/sqlite";
import type { Senders } from "@fanfare/shared/senders";
import { createFirestoreSenders } from "@fanfare/shared/senders/firestore";
import { createSqliteSenders } from "@fanfare/shared/senders/sqlite";
import { type Database, openDatabase } from "@fanfare/shared/sqlite/database";
import { openFreshFirestore } from "@fanfare/shared/testing/firestore";
import type { World } from "./crash/world.ts";

/** The drivers of one store, and what a test does beside them. */
export interface Stores {
  broadcasts: Broadcasts;
  ledger: Ledger;
  registrations: Registrations;
  health: Health;
  documents: Documents;
  intake: Intake;
  senders: Senders;
  /** About the store's time. */
  now(): number;
  /** An app deletes its document. */
  remove(path: string): Promise<void>;
  /** Writes documents and says when the last of them came. Whatever is written from then on comes later. */
  begin(documents: readonly RegistrationDocument[]): Promise<number>;
  close(): Promise<void>;
}

/** @param batch how many registrations the store reads at once, where it can be told. */
export type OpenStores = (world: World, plan: { batch?: number }) => Stores;

const TIMING = { ...LEASE, neverClaimedMs: 120_000 };

export const openSqlite: OpenStores = (world, plan) => sqliteStores(openDatabase(":memory:"), world, plan);

function sqliteStores(database: Database, world: World, { batch }: { batch?: number }): Stores {
  const registrations = createSqliteRegistrations(database, world.now, batch);
  return {
    broadcasts: createSqliteBroadcasts(database),
    ledger: createSqliteLedger(database, TIMING, world.now),
    registrations,
    health: createSqliteHealth(database, world.now, world.now),
    documents: createSqliteDocuments(database, world.now),
    intake: createSqliteIntake(database, world.now),
    senders: createSqliteSenders(database, world.now),
    now: world.now,
    async remove(path) {
      database.sql("DELETE FROM registrations WHERE path = ?").run(path);
    },
    async begin(documents) {
      await registrations.put(documents);
      const last = world.now();
      await world.advance(1);
      return last;
    },
    close: async () => database.close(),
  };
}

/** The same, but the ledger. */
export const openInMemory: OpenStores = (world, plan) => {
  const database = openDatabase(":memory:");
  return {
    ...sqliteStores(database, world, plan),
    ledger: createMemoryLedger({ isGated: createGates(database), now: world.now, timing: TIMING }),
  };
};

/** Documents get the emulator's own times; leases pass with the world's time, however long a run takes. */
export const openFirestore: OpenStores = (world) => {
  const firestore = openFreshFirestore();
  const registrations = createFirestoreRegistrations(firestore);
  const openedAt = Date.now();
  const skewMs = () => world.now() - world.start - (Date.now() - openedAt);
  return {
    broadcasts: createFirestoreBroadcasts(firestore),
    ledger: createFirestoreLedger(firestore, TIMING, { skewMs }),
    registrations,
    health: createFirestoreHealth(firestore, { skewMs }),
    documents: createFirestoreDocuments(firestore),
    intake: createFirestoreIntake(firestore, { skewMs }),
    senders: createFirestoreSenders(firestore, { skewMs }),
    now: Date.now,
    remove: async (path) => void (await firestore.doc(path).delete()),
    async begin(documents) {
      await registrations.put(documents);
      const refs = documents.map(({ path }) => firestore.doc(path));
      const made = (await firestore.getAll(...refs)).map(({ createTime }) => createTime?.toMillis() ?? 0);
      const last = Math.max(...made);
      const clock = firestore.doc("test/clock");
      while ((await clock.set({})).writeTime.toMillis() <= last);
      return last;
    },
    close: () => firestore.terminate(),
  };
};
