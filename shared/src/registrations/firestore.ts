import type { Span } from "../domain/range.ts";
import { deviceTypesOf, type Platform, type Registration } from "../domain/registration.ts";
import {
  type DocumentSnapshot,
  FIRESTORE_OPTIONS,
  FieldValue,
  type Firestore,
  type FirestoreOptions,
  type Query,
  streamOf,
  Timestamp,
  withOurErrors,
} from "../runtime/firestore.ts";
import { forEach } from "../runtime/for-each.ts";
import { kindOf } from "./dead-addresses.ts";
import { createPruning } from "./firestore-pruning.ts";
import { createRestoring } from "./firestore-restoring.ts";
import type { RegistrationDocument, Registrations } from "./index.ts";
import { createWritePace, UNPACED, type WritePace } from "./write-pace.ts";

const BATCH = 500;
const OWNERS_AT_ONCE = 50;
const FIELDS = ["fcm_token", "kind", "device_type", "created_at"];

/**
 * The app's own documents, `{users}/{uid}/{tokens}/{id}`. Firestore compares texts by their UTF-8 bytes, and a
 * comparison with a text finds texts only: documents whose address is missing, empty or of another type are in none.
 * @param pace of everything it writes: a process makes one of these, and so has one ramp.
 */
export function createFirestoreRegistrations(
  firestore: Firestore,
  settings: Partial<FirestoreOptions> = {},
  pace: WritePace = process.env.FIRESTORE_EMULATOR_HOST ? UNPACED : createWritePace(),
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

  async function* read(
    span: Span,
    platforms: readonly Platform[] | undefined,
  ): AsyncGenerator<Registration[]> {
    let batch: Registration[] = [];
    for await (const snapshot of streamOf(within(span, platforms).select(...FIELDS))) {
      batch.push(registrationOf(snapshot));
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  async function readOwned(owners: readonly string[]): Promise<Registration[]> {
    const found: Registration[] = [];
    await forEach(owners, OWNERS_AT_ONCE, async (owner) => {
      const owned = firestore
        .doc(owner)
        .collection(tokensCollection)
        .select(...FIELDS);
      found.push(...(await owned.get()).docs.map(registrationOf));
    });
    return found;
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
    read,
    readOwned,
    count: countIn,
    countWithoutAddress: async () => {
      const [documents, addresses] = await Promise.all([count(all), countIn({ after: "", upTo: null })]);
      return Math.max(0, documents - addresses);
    },
    firstFrom,
    ...createPruning(firestore, options, pace),
    ...createRestoring(firestore, options, pace),
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

/** Any client of the app's may have written the document: nothing is taken for what it should be. */
function registrationOf(snapshot: DocumentSnapshot): Registration {
  const { fcm_token, kind, device_type, created_at } = snapshot.data() ?? {};
  const made = snapshot.createTime?.toMillis() ?? 0;
  return {
    path: snapshot.ref.path,
    address: typeof fcm_token === "string" && fcm_token !== "" ? fcm_token : null,
    kind: kindOf(kind),
    deviceType: typeof device_type === "string" ? device_type : "",
    createdAt: created_at instanceof Timestamp ? Math.min(created_at.toMillis(), made) : made,
  };
}
