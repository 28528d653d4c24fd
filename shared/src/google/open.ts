import { createFirestoreBroadcasts } from "../broadcasts/firestore.ts";
import { createPubSubBus } from "../bus/pubsub.ts";
import { createFirestoreDocuments } from "../documents/firestore.ts";
import { createFirestoreHealth } from "../health/firestore.ts";
import type { Log } from "../hosting/log.ts";
import { timingOf } from "../hosting/settings.ts";
import { createFirestoreIntake } from "../intake/firestore.ts";
import { createFirestoreLedger } from "../ledger/firestore.ts";
import { createFirestoreRegistrations } from "../registrations/firestore.ts";
import { createFirestoreSenders } from "../senders/firestore.ts";
import type { Store } from "../store.ts";
import { clockOf, openFirestore } from "./firestore.ts";
import type { GoogleSettings } from "./settings.ts";

/** Opens a driver for each port on Google Cloud, or on the emulators that the usual variables name. */
export function openGoogle(config: GoogleSettings, log: Log): Store {
  const { FANFARE_PROJECT: project, FANFARE_DATABASE: database, FANFARE_TOPIC_PREFIX: prefix } = config;
  const firestore = openFirestore({ project, database });
  const clock = clockOf(firestore, config.FANFARE_COLLECTION_PREFIX);
  const names = {
    prefix: config.FANFARE_COLLECTION_PREFIX,
    tokensCollection: config.FANFARE_TOKENS_COLLECTION,
    retentionDays: config.FANFARE_RETENTION_DAYS,
  };
  const onError = (error: unknown, subscription: string) =>
    log.warn({ subscription, error: String(error) }, "trouble with Pub/Sub");
  const bus = createPubSubBus({ project, prefix, onError });
  return {
    registrations: createFirestoreRegistrations(firestore, names),
    broadcasts: createFirestoreBroadcasts(firestore, names),
    ledger: createFirestoreLedger(firestore, timingOf(config), names),
    senders: createFirestoreSenders(firestore, names),
    health: createFirestoreHealth(firestore, names),
    documents: createFirestoreDocuments(firestore),
    intake: createFirestoreIntake(firestore, names),
    bus,
    now: clock.now,
    sync: clock.sync,
    async close() {
      await bus.close();
      await firestore.terminate();
    },
  };
}
