import { deadLetterId } from "../domain/ids.ts";
import {
  compareAndSet,
  type DocumentSnapshot,
  expiry,
  FIRESTORE_OPTIONS,
  type Firestore,
  type FirestoreOptions,
  readOne,
  Timestamp,
  withOurErrors,
} from "../runtime/firestore.ts";
import { type DeadLetter, type Health, isFresh } from "./index.ts";

/**
 * The last tick as the document `{prefix}health/tick`, dead letters as `{prefix}dead_letters/{id}`. Times are those of
 * the readings that the writes were decided on, which are the store's own.
 */
export function createFirestoreHealth(
  firestore: Firestore,
  settings: Partial<FirestoreOptions> = {},
): Health {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  const clock = firestore.collection(`${options.prefix}health`).doc("tick");
  const letters = firestore.collection(`${options.prefix}dead_letters`);

  return withOurErrors<Health>({
    noteTick: () =>
      compareAndSet(clock, { fields: ["at"] }, (snapshot, readAt) => {
        const time = readAt + options.skewMs();
        const last = timeOf(snapshot);
        if (last !== null && isFresh(last, time)) return { answer: undefined };
        const fields = { v: 1, at: Timestamp.fromMillis(time) };
        return {
          answer: undefined,
          write: (batch, unchanged) =>
            last === null ? batch.create(clock, fields) : batch.update(clock, fields, unchanged),
        };
      }),
    lastTick: async () => timeOf(await readOne(clock, ["at"])),
    noteDeadLetter: (letter) =>
      compareAndSet(
        letters.doc(deadLetterId(letter.subscription, letter.messageId)),
        {},
        (snapshot, readAt) => {
          if (snapshot.exists) return { answer: undefined };
          const time = readAt + options.skewMs();
          const fields = {
            v: 1,
            ...letter,
            at: Timestamp.fromMillis(time),
            expiresAt: expiry(options, time),
          };
          return { answer: undefined, write: (batch) => batch.create(snapshot.ref, fields) };
        },
      ),
    async deadLetters(limit) {
      const { docs } = await letters.orderBy("at", "desc").limit(limit).get();
      return docs.map(letterOf);
    },
  });
}

function timeOf(snapshot: DocumentSnapshot): number | null {
  return snapshot.exists ? snapshot.get("at").toMillis() : null;
}

function letterOf(snapshot: DocumentSnapshot): DeadLetter {
  const { messageId, subscription, reason, about } = snapshot.data() as DeadLetter;
  return { messageId, subscription, reason, about, at: snapshot.get("at").toMillis() };
}
