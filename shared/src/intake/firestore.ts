import {
  FIRESTORE_OPTIONS,
  type Firestore,
  type FirestoreOptions,
  withOurErrors,
} from "../google/firestore.ts";
import { createAllowances } from "./firestore-allowances.ts";
import { createBatches } from "./firestore-batches.ts";
import { createFields } from "./firestore-fields.ts";
import { createNotes } from "./firestore-notes.ts";
import type { Intake } from "./index.ts";

/** What is noted of FlutterFlow's documents, in collections of Fanfare's own. Everything expires. */
export function createFirestoreIntake(
  firestore: Firestore,
  settings: Partial<FirestoreOptions> = {},
): Intake {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  return withOurErrors<Intake>({
    ...createBatches(firestore, options),
    ...createAllowances(firestore, options),
    ...createFields(firestore, options),
    ...createNotes(firestore, options),
  });
}
