import {
  FIRESTORE_OPTIONS,
  FieldValue,
  type Firestore,
  type FirestoreOptions,
  readOne,
  Timestamp,
  withOurErrors,
} from "../google/firestore.ts";
import { createQueries, type Queries } from "../google/firestore-queries.ts";
import { createCounting } from "./firestore-counting.ts";
import { createLeaving } from "./firestore-leaving.ts";
import { createPruning } from "./firestore-pruning.ts";
import { createReading } from "./firestore-reading.ts";
import { createRegistering } from "./firestore-registering.ts";
import { createRestoring } from "./firestore-restoring.ts";
import { createTypes } from "./firestore-types.ts";
import type { RegistrationDocument, Registrations } from "./index.ts";
import { createWritePace, UNPACED, type WritePace } from "./write-pace.ts";

/**
 * The app's own documents, `{users}/{uid}/{tokens}/{id}`. Firestore compares texts by their UTF-8 bytes, and a
 * comparison with a text finds texts only: documents whose address is missing, empty or of another type are in none.
 * @param pace of everything it writes: a process makes one of these, and so has one ramp.
 * @param queries by which many documents are read
 */
export function createFirestoreRegistrations(
  firestore: Firestore,
  settings: Partial<FirestoreOptions> = {},
  pace: WritePace = process.env.FIRESTORE_EMULATOR_HOST ? UNPACED : createWritePace(),
  queries: Queries = createQueries(firestore),
): Registrations {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  const { tokensCollection } = options;
  const all = firestore.collectionGroup(tokensCollection);

  const types = createTypes(all);
  const reading = createReading(queries, tokensCollection, types);
  const counting = createCounting(firestore, { tokensCollection, types, reading });

  async function put(documents: readonly RegistrationDocument[]): Promise<void> {
    // The writer keeps no order between two writes to one document, and its own ramp is that of a single call.
    const writer = firestore.bulkWriter({ throttling: false });
    const last = new Map(documents.map((document) => [document.path, document]));
    await pace.take(last.size);
    const writes = [...last.values()].map((document) =>
      writer.set(firestore.doc(document.path), fieldsOf(document)),
    );
    await Promise.all([writer.close(), ...writes]);
  }

  return withOurErrors<Registrations>({
    ...reading,
    ...counting,
    unknownTypes: types.unknown,
    // A reading of its own: later than every write that was answered before.
    moment: async () =>
      (await readOne(firestore.collection(`${options.prefix}health`).doc("clock"), [])).readTime.toMillis(),
    ...createPruning(firestore, options, pace),
    ...createRestoring(firestore, options, pace),
    ...createRegistering(firestore, options),
    ...createLeaving(firestore, options, pace),
    put,
  });
}

function fieldsOf({ address, kind, deviceType, createdAt }: RegistrationDocument) {
  return {
    fcm_token: address,
    kind,
    device_type: deviceType,
    created_at: createdAt === undefined ? FieldValue.serverTimestamp() : Timestamp.fromMillis(createdAt),
    updated_at: FieldValue.serverTimestamp(),
  };
}
