import {
  committed,
  compareAndSet,
  type DocumentSnapshot,
  FIRESTORE_OPTIONS,
  type Firestore,
  type FirestoreOptions,
  find,
  Timestamp,
  withOurErrors,
} from "../google/firestore.ts";
import { KEPT_MS, type SeenSender, type SenderRecord, type Senders } from "./index.ts";

const DAY_MS = 86_400_000;

/**
 * Senders as documents `{prefix}senders/{id}`. When one was written is the document's update time: Firestore's own,
 * and new with every beat. A write is made on the condition that the document is as it was last seen, so that one
 * that was long on its way cannot undo a later one.
 */
export function createFirestoreSenders(
  firestore: Firestore,
  settings: Partial<FirestoreOptions> = {},
): Senders {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  const collection = firestore.collection(`${options.prefix}senders`);
  /** Those announced here, as last seen: it spares a read before each write. */
  const own = new Map<string, DocumentSnapshot | undefined>();

  async function remove({ ref, updateTime }: DocumentSnapshot): Promise<void> {
    await committed(firestore.batch().delete(ref, updateTime ? { lastUpdateTime: updateTime } : {}));
    own.delete(ref.id);
  }

  return withOurErrors<Senders>({
    async announce(record) {
      const { id, beat } = record;
      const ref = collection.doc(id);
      const known = own.get(id);
      own.set(id, undefined);
      await compareAndSet(ref, { known }, (snapshot, readAt) => {
        if (snapshot.exists && snapshot.get("beat") >= beat) return { answer: undefined };
        const expiresAt = Timestamp.fromMillis(readAt + DAY_MS);
        const fields = { v: 1, beat, record: JSON.stringify(record), expiresAt };
        return {
          answer: undefined,
          write: (batch, unchanged) =>
            snapshot.exists ? batch.update(ref, fields, unchanged) : batch.create(ref, fields),
        };
      });
    },
    async look() {
      const { docs, readTime } = await find(collection);
      const at = readTime.toMillis() + options.skewMs();
      const isKept = (doc: DocumentSnapshot) => writtenAt(doc) > at - KEPT_MS;
      await Promise.all(docs.filter((doc) => !isKept(doc)).map(remove));
      const kept = docs.filter(isKept);
      for (const doc of kept) if (own.has(doc.id)) own.set(doc.id, doc);
      return { at, senders: kept.map(senderOf) };
    },
  });
}

function writtenAt({ updateTime }: DocumentSnapshot): number {
  return updateTime?.toMillis() ?? 0;
}

function senderOf(snapshot: DocumentSnapshot): SeenSender {
  return { ...(JSON.parse(snapshot.get("record")) as SenderRecord), writtenAt: writtenAt(snapshot) };
}
