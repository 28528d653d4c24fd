import { APP_COLLECTION, CONSOLE_COLLECTION } from "../domain/flutterflow.ts";
import { isAnswer, mayAnswer } from "../domain/flutterflow-status.ts";
import {
  compareAndSet,
  type DocumentSnapshot,
  type Firestore,
  readOne,
  streamOf,
  Timestamp,
  withOurErrors,
} from "../google/firestore.ts";
import { typed } from "./fields.ts";
import { plainFields } from "./firestore-values.ts";
import type { Documents, FlutterFlowDocument } from "./index.ts";

/** The app's own documents, in the two collections at the root of its database. */
export function createFirestoreDocuments(firestore: Firestore): Documents {
  const TYPES = {
    time: (time: number) => Timestamp.fromMillis(time),
    reference: (path: string) => firestore.doc(path),
  };

  return withOurErrors<Documents>({
    async get(path) {
      const snapshot = await readOne(firestore.doc(path));
      return snapshot.exists ? documentOf(snapshot) : null;
    },
    // An answer whose commit was repeated finds itself: it is left, and was written.
    answer: ({ path, createdAt, status: taken }, { status, num_sent, error }) =>
      compareAndSet<"written" | "left">(firestore.doc(path), { fields: ["status"] }, (snapshot) => {
        const isOther = !snapshot.exists || microseconds(snapshot.createTime) !== createdAt;
        if (isOther || !mayAnswer(snapshot.get("status"), taken)) return { answer: "left" };
        // An undefined field among those of an update would be deleted.
        const fields = {
          status,
          ...(num_sent !== undefined && { num_sent }),
          ...(error !== undefined && { error }),
        };
        return {
          answer: "written",
          write: (batch, unchanged) => batch.update(snapshot.ref, fields, unchanged),
        };
      }),
    /**
     * Reads every document and drops those with an answer: Firestore cannot look for a field that is missing, and a
     * new document has no status.
     */
    async *unanswered() {
      for (const name of [CONSOLE_COLLECTION, APP_COLLECTION]) {
        for await (const snapshot of streamOf(firestore.collection(name))) {
          if (!isAnswer(snapshot.get("status"))) yield documentOf(snapshot);
        }
      }
    },
    async put(documents) {
      // The writer keeps no order between two writes to one document.
      const last = new Map(documents.map(({ path, fields }) => [path, fields]));
      const writer = firestore.bulkWriter();
      const writes = [...last].map(([path, fields]) => writer.set(firestore.doc(path), typed(fields, TYPES)));
      await Promise.all([writer.close(), ...writes]);
    },
    async remove(path) {
      await firestore.doc(path).delete();
    },
  });
}

function documentOf(snapshot: DocumentSnapshot): FlutterFlowDocument {
  return {
    path: snapshot.ref.path,
    createdAt: microseconds(snapshot.createTime),
    updatedAt: microseconds(snapshot.updateTime),
    fields: plainFields(snapshot.data() ?? {}),
  };
}

function microseconds(time: Timestamp | undefined): number {
  return time ? time.seconds * 1_000_000 + Math.floor(time.nanoseconds / 1_000) : 0;
}
