import type { Readable } from "node:stream";
import vendor, {
  AggregateField,
  DocumentReference,
  type DocumentSnapshot,
  FieldPath,
  FieldValue,
  Firestore,
  GeoPoint,
  type Precondition,
  type Query,
  type QuerySnapshot,
  Timestamp,
  VectorValue,
  type WriteBatch,
} from "@google-cloud/firestore";
import { textProblems } from "../domain/text.ts";
import { ConfigError, RetryableError, TerminalError } from "../errors.ts";
import { createStoreClock, type StoreClock } from "./store-clock.ts";

/** How the records are named and kept. */
export interface FirestoreOptions {
  /** Begins the name of each of Fanfare's own collections. */
  prefix: string;
  /** The collection below each user in which the app keeps its registrations. */
  tokensCollection: string;
  /** How long records are kept after they have come to their end. */
  retentionDays: number;
  /** Added to the store's clock, in ms: tests let leases pass by it instead of waiting. 0 everywhere else. */
  skewMs: () => number;
}

export const FIRESTORE_OPTIONS: FirestoreOptions = {
  prefix: "fanfare_",
  tokensCollection: "fcm_tokens",
  retentionDays: 30,
  skewMs: () => 0,
};

/**
 * A client of one project's database. It goes to an emulator where FIRESTORE_EMULATOR_HOST says so, which the client
 * reads by itself. Whoever opened it ends it by `terminate`.
 */
export function openFirestore(place: { project?: string; database?: string } = {}): Firestore {
  return new Firestore({
    ...(place.project !== undefined && { projectId: place.project }),
    ...(place.database !== undefined && { databaseId: place.database }),
    ignoreUndefinedProperties: true,
  });
}

/** The name of a client's database. The client knows it; only its types do not say so. */
export function databaseOf(firestore: Firestore): string {
  return (firestore as unknown as { formattedName: string }).formattedName;
}

const clocks = new WeakMap<Firestore, StoreClock>();

/**
 * The clock of a client's database: what is read through the functions of this file tells it the time.
 * @param prefix begins the name of the collection that it asks, where nothing was read of late
 */
export function clockOf(firestore: Firestore, prefix = FIRESTORE_OPTIONS.prefix): StoreClock {
  const known = clocks.get(firestore);
  if (known) return known;
  // The answer has a time whether or not the document is there.
  const read = () => readOne(firestore.doc(`${prefix}health/clock`), []).catch(rethrow);
  const clock = createStoreClock(read);
  clocks.set(firestore, clock);
  return clock;
}

/** The most values that one query may ask for with `in`. (firebase.google.com/docs/firestore/query-data/queries) */
export const MOST_VALUES_A_QUERY = 30;

/** When a record that ends at `time` (ms since 1970) is to be deleted by Firestore's TTL. */
export function expiry(options: FirestoreOptions, time: number): Timestamp {
  return Timestamp.fromMillis(time + options.retentionDays * 86_400_000);
}

/** What a decision comes to: an answer, and the writes that make it true, all of them or none. */
export interface Decision<T> {
  answer: T;
  /** `unchanged` is the condition that the document is still as it was read: it belongs to one of the writes. */
  write?: (batch: WriteBatch, unchanged: Precondition) => void;
}

export interface DecisionReads {
  /** What the decision needs of the document; without it everything is read. */
  fields?: readonly string[] | undefined;
  /** The document where it has just been read. */
  known?: DocumentSnapshot | undefined;
  /** Read in one go with it, and anew in each round: what the decision takes of them, its writes must hold to. */
  beside?: readonly DocumentReference[] | undefined;
}

/** Each round somebody's write holds, so only a crowd on one document, or a fault, gets this far. */
const ROUNDS = 40;

/**
 * Reads a document, decides, and writes on the condition that the document has not changed since; where it has,
 * reads and decides again. No locks are held: who only looks waits for nobody, and who dies leaves nothing behind.
 *
 * `decide` is given the store's own time of the reading, in ms since 1970. It may run several times, so it only
 * decides. A commit whose answer was lost is sent again by the client, and then finds its own write in its way: the
 * next decision sees a document that is already changed. So every decision must be safe to take on top of itself.
 * @throws RetryableError CONTENDED where the write does not hold in forty rounds.
 */
export async function compareAndSet<T>(
  ref: DocumentReference,
  { fields, known, beside = [] }: DecisionReads,
  decide: (snapshot: DocumentSnapshot, time: number, beside: DocumentSnapshot[]) => Decision<T>,
): Promise<T> {
  for (let round = 0; round < ROUNDS; round++) {
    const [snapshot, ...others] = round === 0 && known ? [known] : await readAll([ref, ...beside], fields);
    const { answer, write } = decide(snapshot, snapshot.readTime.toMillis(), others);
    if (!write) return answer;
    const batch = ref.firestore.batch();
    write(batch, snapshot.updateTime ? { lastUpdateTime: snapshot.updateTime } : { exists: false });
    if (await committed(batch)) return answer;
  }
  throw new RetryableError("CONTENDED", `a document of ${ref.parent.id} changed ${ROUNDS} times in a row`);
}

/** One document; only `fields` of it where they are given. */
export async function readOne(ref: DocumentReference, fields?: readonly string[]): Promise<DocumentSnapshot> {
  const [snapshot] = await readAll([ref], fields);
  return snapshot;
}

type OneAndMore<T> = [T, ...T[]];

async function readAll(
  refs: OneAndMore<DocumentReference>,
  fields?: readonly string[],
): Promise<OneAndMore<DocumentSnapshot>> {
  const [first, ...others] = await refs[0].firestore.getAll(
    ...refs,
    fields ? { fieldMask: [...fields] } : {},
  );
  if (!first) throw new RetryableError("UNAVAILABLE", "Firestore left a read without an answer");
  clockOf(first.ref.firestore).observe(first.readTime.toMillis());
  return [first, ...others];
}

/** What a query finds, and when that was so. */
export async function find(query: Query): Promise<QuerySnapshot> {
  const found = await query.get();
  clockOf(query.firestore).observe(found.readTime.toMillis());
  return found;
}

/** Tries a commit with conditions; false where one of them does not hold (any more), and nothing was written. */
export async function committed(batch: WriteBatch): Promise<boolean> {
  try {
    await batch.commit();
    return true;
  } catch (error) {
    if (LOST.has((error as { code?: number }).code)) return false;
    throw error;
  }
}

/**
 * The documents of a query, as they come. A reader who stops early leaves the rest to be read and dropped: the client
 * cannot cancel a query, and one that nobody reads on would stay open and hold up `terminate`.
 */
export async function* streamOf(query: Query): AsyncGenerator<DocumentSnapshot> {
  const stream = query.stream() as Readable;
  try {
    yield* stream.iterator({ destroyOnReturn: false });
  } finally {
    stream.on("error", () => {}).resume();
  }
}

/** A port whose failures are ours. */
export function withOurErrors<T extends object>(port: T): T {
  const methods = Object.entries(port).map(([name, method]) => [
    name,
    (...request: unknown[]) => {
      const fail = (error: unknown): never => {
        throw toOurError(error, request);
      };
      try {
        const result: unknown = method(...request);
        return isIterable(result) ? itemsOf(result, fail) : (result as Promise<unknown>).catch(fail);
      } catch (error) {
        // The client judges a document's path at once.
        return Promise.reject(toOurError(error, request));
      }
    },
  ]);
  return Object.fromEntries(methods) as T;
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in (value as object);
}

async function* itemsOf(
  items: AsyncIterable<unknown>,
  fail: (error: unknown) => never,
): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    fail(error);
  }
}

function rethrow(error: unknown): never {
  throw toOurError(error);
}

const { GrpcStatus: Status } = vendor;

/** A condition of a write did not hold, or others were writing at the same moment. */
const LOST: ReadonlySet<number | undefined> = new Set([
  Status.FAILED_PRECONDITION,
  Status.ABORTED,
  Status.ALREADY_EXISTS,
  Status.NOT_FOUND,
]);

/** What stays as it is until somebody mends the installation, and what to mend. Everything else may pass. */
const SETUP: Partial<Record<number, string>> = {
  [Status.PERMISSION_DENIED]: "this process's account may not use the database",
  [Status.UNAUTHENTICATED]: "this process has no valid credentials",
  [Status.NOT_FOUND]: "there is no such database",
  [Status.UNIMPLEMENTED]: "the database cannot do this; it must be in native mode",
};

/** How the client begins to say that a value has no form in Firestore: too deep, out of bounds, an empty name. */
const REFUSED_BY_CLIENT =
  /^(Value for (?:argument|field) "\w+"|Element at index|Cannot encode (?:value|type))/;

/** Half of a surrogate pair is UNKNOWN to the emulator, other codes elsewhere, and to the client a lost document. */
const FOR_TEXT: ReadonlySet<unknown> = new Set([undefined, Status.UNKNOWN, Status.INTERNAL]);

/**
 * A failure of Firestore's as one of ours, with the vendor's as its cause; any other as it is. The vendor's text is
 * left out, because it may quote what was written, and addresses belong in no log.
 * @param request what was asked for: where no code tells, its texts do
 */
export function toOurError(error: unknown, request: unknown = null): unknown {
  if ([TerminalError, RetryableError, ConfigError].some((ours) => error instanceof ours)) return error;
  const { code, message = "" } = (error ?? {}) as { code?: unknown; message?: string };
  const [text] = FOR_TEXT.has(code) ? textProblems(request) : [];
  if (text) return new TerminalError("FIRESTORE_REFUSED", `Firestore cannot take a text: it ${text.message}`);
  // Such a message may quote the value, so it is left out as a cause too.
  const [refused] = code === undefined ? (REFUSED_BY_CLIENT.exec(message) ?? []) : [];
  if (refused)
    return new TerminalError("FIRESTORE_REFUSED", `Firestore's client cannot take this (${refused})`);
  if (typeof code !== "number" || !(code in Status)) return error;
  const [name, cause] = [String(Status[code]), { cause: error }];
  if (code === Status.FAILED_PRECONDITION && message.includes("index"))
    return new ConfigError("Firestore lacks an index: deploy firestore.indexes.json and let it build", cause);
  if (SETUP[code]) return new ConfigError(`Firestore refused (${name}): ${SETUP[code]}`, cause);
  // The one refusal of this kind that passes is that of a transaction which took too long.
  if (code === Status.INVALID_ARGUMENT && !message.includes("transaction"))
    return new TerminalError("FIRESTORE_REFUSED", `Firestore cannot take this (${name})`, cause);
  return new RetryableError(`FIRESTORE_${name}`, `Firestore failed (${name})`, cause);
}

export type {
  DocumentSnapshot,
  Query,
  QuerySnapshot,
  Transaction,
  WriteBatch,
} from "@google-cloud/firestore";
export {
  AggregateField,
  DocumentReference,
  FieldPath,
  FieldValue,
  Firestore,
  GeoPoint,
  Timestamp,
  VectorValue,
};
