import { documentKey } from "../domain/ids.ts";
import {
  compareAndSet,
  type DocumentSnapshot,
  expiry,
  type Firestore,
  type FirestoreOptions,
  Timestamp,
} from "../google/firestore.ts";
import type { Comparison, DocumentRefusal, Intake } from "./index.ts";
import { boundNames } from "./noted-fields.ts";

/**
 * Refusals as `{prefix}refusals/{key of the document}`, comparisons as `{prefix}comparisons/{key of the document}`,
 * whose parts are texts: they come back exactly, and no index covers what is in them.
 */
export function createNotes(
  firestore: Firestore,
  options: FirestoreOptions,
): Pick<Intake, "noteRefusal" | "refusals" | "noteComparison" | "comparisons"> {
  const refusals = firestore.collection(`${options.prefix}refusals`);
  const comparisons = firestore.collection(`${options.prefix}comparisons`);

  const timesOf = (readAt: number) => {
    const time = readAt + options.skewMs();
    return { at: Timestamp.fromMillis(time), expiresAt: expiry(options, time) };
  };

  return {
    noteRefusal: ({ path, createdAt, reason, sender, left }) =>
      compareAndSet(refusals.doc(documentKey({ path, createdAt })), { fields: [] }, (snapshot, readAt) => {
        if (snapshot.exists) return { answer: undefined };
        const fields = { v: 1, path, createdAt, reason, sender, left, ...timesOf(readAt) };
        return { answer: undefined, write: (batch) => batch.create(snapshot.ref, fields) };
      }),
    async refusals(limit) {
      const { docs } = await refusals.orderBy("at", "desc").limit(limit).get();
      return docs.map(refusalOf);
    },
    noteComparison: ({ path, createdAt }, { theirs, ours, ignored }) =>
      compareAndSet(comparisons.doc(documentKey({ path, createdAt })), { fields: [] }, (snapshot, readAt) => {
        const parts = {
          ...(theirs && { theirs: JSON.stringify(theirs) }),
          ...(ours && { ours: JSON.stringify(ours) }),
          ...(ignored && { ignored: JSON.stringify(boundNames(ignored)) }),
        };
        const fields = { v: 1, path, createdAt, ...parts, ...timesOf(readAt) };
        return {
          answer: undefined,
          write: (batch, unchanged) =>
            snapshot.exists
              ? batch.update(snapshot.ref, fields, unchanged)
              : batch.create(snapshot.ref, fields),
        };
      }),
    async comparisons(limit) {
      const { docs } = await comparisons.orderBy("at", "desc").limit(limit).get();
      return docs.map(comparisonOf);
    },
  };
}

function refusalOf(snapshot: DocumentSnapshot): DocumentRefusal {
  const { path, createdAt, reason, sender, left } = snapshot.data() as DocumentRefusal;
  return {
    path,
    createdAt,
    reason,
    ...(sender !== undefined && { sender }),
    ...(left !== undefined && { left }),
    at: snapshot.get("at").toMillis(),
  };
}

function comparisonOf(snapshot: DocumentSnapshot): Comparison {
  const { path, createdAt, theirs, ours, ignored, at } = snapshot.data() ?? {};
  return {
    path,
    createdAt,
    ...(theirs !== undefined && { theirs: JSON.parse(theirs) }),
    ...(ours !== undefined && { ours: JSON.parse(ours) }),
    ...(ignored !== undefined && { ignored: JSON.parse(ignored) }),
    at: at.toMillis(),
  };
}
