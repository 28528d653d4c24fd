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
} from "../google/firestore.ts";
import { type DeadLetter, type Health, isFresh, type NotedStep } from "./index.ts";

/**
 * The last tick as the document `{prefix}health/tick`, dead letters as `{prefix}dead_letters/{id}`, steps of clocks as
 * `{prefix}clock_steps/{id}`. Times are those of the readings that the writes were decided on, which are the store's own.
 */
export function createFirestoreHealth(
  firestore: Firestore,
  settings: Partial<FirestoreOptions> = {},
): Health {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  const clock = firestore.collection(`${options.prefix}health`).doc("tick");
  const letters = firestore.collection(`${options.prefix}dead_letters`);
  const steps = firestore.collection(`${options.prefix}clock_steps`);

  return withOurErrors<Health>({
    noteTick: () =>
      compareAndSet(clock, { fields: ["at"] }, (snapshot, readAt) => {
        const time = readAt + options.skewMs();
        const last = timeOf(snapshot);
        if (last !== null && isFresh(time - last)) return { answer: undefined };
        const fields = { v: 1, at: Timestamp.fromMillis(time) };
        return {
          answer: undefined,
          write: (batch, unchanged) =>
            last === null ? batch.create(clock, fields) : batch.update(clock, fields, unchanged),
        };
      }),
    async sinceTick() {
      const snapshot = await readOne(clock, ["at"]);
      const last = timeOf(snapshot);
      return last === null ? null : snapshot.readTime.toMillis() + options.skewMs() - last;
    },
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
    noteClockStep: ({ service, stepMs }) =>
      compareAndSet(steps.doc(), {}, (snapshot, readAt) => {
        const time = readAt + options.skewMs();
        const times = { at: Timestamp.fromMillis(time), expiresAt: expiry(options, time) };
        const fields = { v: 1, service, stepMs, ...times };
        return { answer: undefined, write: (batch) => batch.create(snapshot.ref, fields) };
      }),
    async clockSteps(limit) {
      const { docs } = await steps.orderBy("at", "desc").limit(limit).get();
      return docs.map(stepOf);
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

function stepOf(snapshot: DocumentSnapshot): NotedStep {
  const { service, stepMs } = snapshot.data() as NotedStep;
  return { service, stepMs, at: snapshot.get("at").toMillis() };
}
