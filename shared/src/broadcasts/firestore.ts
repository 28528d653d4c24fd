import { type AuditEntry, submission } from "../domain/audit.ts";
import { type Broadcast, wakesAt } from "../domain/broadcast.ts";
import { isDocumentId } from "../domain/user-refs.ts";
import {
  compareAndSet,
  type DocumentSnapshot,
  expiry,
  FIRESTORE_OPTIONS,
  FieldPath,
  FieldValue,
  type Firestore,
  type FirestoreOptions,
  find,
  type Query,
  readOne,
  Timestamp,
  type WriteBatch,
  withOurErrors,
} from "../google/firestore.ts";
import type { Broadcasts } from "./index.ts";
import { readRecord, writeRecord } from "./record.ts";

type Created = Awaited<ReturnType<Broadcasts["create"]>>;

/**
 * Broadcasts as documents `{prefix}broadcasts/{id}`. The record is one text: it comes back exactly as it was, which
 * maps of Firestore's would not (names such as `__name` between underscores are reserved, every entry of a map costs
 * an index entry unless it is exempted). Beside it stands what queries and people look for.
 * Below it, `{prefix}audit/{version}` says who changed its phase or gates. That has no TTL: it is small, and names no device.
 */
export function createFirestoreBroadcasts(
  firestore: Firestore,
  settings: Partial<FirestoreOptions> = {},
): Broadcasts {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  const collection = firestore.collection(`${options.prefix}broadcasts`);

  function fieldsOf(broadcast: Broadcast) {
    const { version, phase, owes, caller, content, finishedAt } = broadcast;
    return {
      v: 1,
      version,
      phase,
      owing: owes.length > 0,
      dueAt: Timestamp.fromMillis(wakesAt(broadcast)),
      createdAt: Timestamp.fromMillis(broadcast.createdAt),
      caller,
      title: content.title,
      record: writeRecord(broadcast),
      expiresAt: finishedAt === null ? FieldValue.delete() : expiry(options, finishedAt),
    };
  }

  /** Zero-padded, so that documents come in the order of versions. */
  const auditOf = (id: string) => collection.doc(id).collection(`${options.prefix}audit`);

  function note(batch: WriteBatch, id: string, version: number, entry: AuditEntry): void {
    const { at, by, what } = entry;
    const fields = { v: 1, at: Timestamp.fromMillis(at), by, what, entry: JSON.stringify(entry) };
    batch.create(auditOf(id).doc(String(version).padStart(9, "0")), fields);
  }

  async function create(broadcast: Broadcast): Promise<Created> {
    const { expiresAt, ...fields } = fieldsOf(broadcast);
    const expiring = broadcast.finishedAt === null ? fields : { ...fields, expiresAt };
    // A create whose answer was lost finds its own broadcast, as a repeated request would.
    return compareAndSet<Created>(collection.doc(broadcast.id), { fields: ["record"] }, (snapshot) =>
      snapshot.exists
        ? { answer: { kind: "existing", existing: parse(snapshot) } }
        : {
            answer: { kind: "created" },
            write(batch) {
              batch.create(snapshot.ref, expiring);
              note(batch, broadcast.id, broadcast.version, submission(broadcast));
            },
          },
    );
  }

  async function get(id: string): Promise<Broadcast | null> {
    // What a person types may not be an id at all: Firestore's client would throw, or ask again for minutes.
    if (!isDocumentId(id)) return null;
    const snapshot = await readOne(collection.doc(id), ["record"]);
    return snapshot.exists ? parse(snapshot) : null;
  }

  async function replace(next: Broadcast, entry?: AuditEntry): Promise<"written" | "lost"> {
    const version = next.version + 1;
    const fields = fieldsOf({ ...next, version });
    // One whose answer was lost is lost to itself: the caller reloads, and finds its own change made.
    return compareAndSet(collection.doc(next.id), { fields: ["version"] }, (snapshot) =>
      snapshot.get("version") === next.version
        ? {
            answer: "written",
            write(batch, unchanged) {
              batch.update(snapshot.ref, fields, unchanged);
              if (entry) note(batch, next.id, version, entry);
            },
          }
        : { answer: "lost" },
    );
  }

  const many = async (query: Query, limit: number) =>
    (await find(query.select("record").limit(limit))).docs.map(parse);

  const fromOn = (query: Query, after: string | undefined) => {
    const ordered = query.orderBy(FieldPath.documentId());
    return after ? ordered.startAfter(after) : ordered;
  };

  return withOurErrors<Broadcasts>({
    create,
    get,
    replace,
    async audit(id) {
      const { docs } = await auditOf(id).orderBy(FieldPath.documentId()).get();
      return docs.map((snapshot) => JSON.parse(snapshot.get("entry")) as AuditEntry);
    },
    due: async (now, limit) =>
      many(
        collection
          .where("phase", "==", "scheduled")
          .where("dueAt", "<=", Timestamp.fromMillis(now))
          .orderBy("dueAt"),
        limit,
      ),
    owing: async (limit, after) => many(fromOn(collection.where("owing", "==", true), after), limit),
    running: async (limit, after) => many(fromOn(collection.where("phase", "==", "running"), after), limit),
    async list(phase, limit) {
      const some = phase === undefined ? collection : collection.where("phase", "==", phase);
      return many(some.orderBy("createdAt", "desc"), limit);
    },
  });
}

function parse(snapshot: DocumentSnapshot): Broadcast {
  return readRecord(snapshot.get("record"));
}
