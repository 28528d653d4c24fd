import type { Span } from "../domain/range.ts";
import { deviceTypesOf, type Platform } from "../domain/registration.ts";
import {
  FIRESTORE_OPTIONS,
  FieldValue,
  type Firestore,
  type FirestoreOptions,
  type Query,
  readOne,
  Timestamp,
  withOurErrors,
} from "../runtime/firestore.ts";
import { createQueries, type Queries } from "../runtime/firestore-queries.ts";
import { forEach } from "../runtime/for-each.ts";
import { createLeaving } from "./firestore-leaving.ts";
import { createPruning } from "./firestore-pruning.ts";
import { createReading, OWNERS_AT_ONCE } from "./firestore-reading.ts";
import { createRegistering } from "./firestore-registering.ts";
import { createRestoring } from "./firestore-restoring.ts";
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

  function within({ after, upTo }: Span, platforms: readonly Platform[] | undefined): Query {
    let query = all.where("fcm_token", ">", after);
    if (upTo !== null) query = query.where("fcm_token", "<=", upTo);
    if (platforms) query = query.where("device_type", "in", deviceTypesOf(platforms));
    return query.orderBy("fcm_token");
  }

  const count = async (query: Query) => (await query.count().get()).data().count;
  const countIn = (span: Span, platforms?: readonly Platform[]) => count(within(span, platforms));

  async function firstFrom(
    from: string,
    span: Span,
    platforms: readonly Platform[] | undefined,
  ): Promise<string | null> {
    const query = within(span, platforms).where("fcm_token", ">=", from).limit(1).select("fcm_token");
    const [first] = (await query.get()).docs;
    return first ? (first.get("fcm_token") as string) : null;
  }

  async function countOwned(
    owners: readonly string[],
    platforms: readonly Platform[] | undefined,
  ): Promise<number[]> {
    const counts: number[] = [];
    await forEach(owners.entries(), OWNERS_AT_ONCE, async ([index, owner]) => {
      const owned = firestore.doc(owner).collection(tokensCollection);
      counts[index] = await count(
        platforms
          ? owned.where("device_type", "in", deviceTypesOf(platforms))
          : owned.where("fcm_token", ">", ""),
      );
    });
    return counts;
  }

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
    ...createReading(queries, tokensCollection),
    count: countIn,
    countOwned,
    countWithoutAddress: async () => {
      const [documents, addresses] = await Promise.all([count(all), countIn({ after: "", upTo: null })]);
      return Math.max(0, documents - addresses);
    },
    firstFrom,
    // A reading of its own: later than every write that was answered before.
    moment: async () =>
      (await readOne(firestore.collection(`${options.prefix}health`).doc("clock"), [])).readTime.toMillis(),
    ...createPruning(firestore, options, pace),
    ...createRestoring(firestore, options, pace),
    ...createRegistering(firestore, options),
    ...createLeaving(firestore, options, pace),
    put,
    size: () => count(all),
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
