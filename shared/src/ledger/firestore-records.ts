import { freshProgress, type Progress, tally } from "../domain/chunk.ts";
import { type BroadcastId, broadcastOf } from "../domain/ids.ts";
import {
  clockOf,
  compareAndSet,
  type DocumentSnapshot,
  expiry,
  FIRESTORE_OPTIONS,
  FieldValue,
  type Firestore,
  type FirestoreOptions,
  Timestamp,
} from "../google/firestore.ts";
import type { LedgerTiming } from "./timing.ts";

/** Where the ledger lies, and what its parts share. Times are milliseconds since 1970, by the store's clock. */
export function createPlace(firestore: Firestore, timing: LedgerTiming, settings: Partial<FirestoreOptions>) {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  const { prefix, skewMs } = options;
  const clock = clockOf(firestore);
  const broadcast = (id: string) => firestore.collection(`${prefix}broadcasts`).doc(broadcastOf(id));
  const collections = { range: `${prefix}ranges`, chunk: `${prefix}chunks` };

  const all = (kind: Kind, id: BroadcastId) => broadcast(id).collection(collections[kind]);
  const ref = (kind: Kind, id: string) => all(kind, id).doc(id);

  /**
   * Decides about a range or a chunk, and writes the fields that the decision changes. See `compareAndSet`: a decision
   * may find its own write. Here that means a claim by an unknown holder, whose lease will pass; a write that looks
   * fenced, and leaves the work to the next claim; or repeats counted twice, which errs on the safe side.
   */
  async function decide<T>(
    kind: Kind,
    id: string,
    fields: readonly string[],
    decision: Decide<T>,
    known?: DocumentSnapshot,
  ): Promise<T> {
    return compareAndSet(ref(kind, id), { fields, known }, (snapshot, readAt) => {
      const row = snapshot.exists ? decode(snapshot) : null;
      const { answer, changes, creates = [] } = decision(row, readAt + skewMs());
      if (!changes) return { answer };
      return {
        answer,
        write(batch, unchanged) {
          batch.update(snapshot.ref, encode(changes), unchanged);
          for (const one of creates) batch.create(ref(one.kind, one.id), encodeNew(one.fields));
        },
      };
    });
  }

  return {
    firestore,
    timing,
    broadcast,
    all,
    ref,
    decide,
    everywhere: (kind: Kind) => firestore.collectionGroup(collections[kind]),
    /** Before `now`, where nothing of the store's has been read for it. */
    sync: clock.sync,
    /** The store's time, or a little less: good enough for a first look, and to say when to look again. */
    now: () => clock.now() + skewMs(),
    /** When an answer was true, by the clock that leases are judged by. */
    timeOf: ({ readTime }: { readTime: Timestamp }) => readTime.toMillis() + skewMs(),
    expiry: (time: number) => expiry(options, time).toMillis(),
  };
}

export type Place = ReturnType<typeof createPlace>;
export type Kind = "range" | "chunk";

/** Fields by name; times as numbers, null for a field that is (to be) absent. */
export type Fields = Record<string, string | number | boolean | null>;

export interface Decided<T> {
  answer: T;
  changes?: Fields;
  creates?: { kind: Kind; id: string; fields: Fields }[];
}

export type Decide<T> = (row: Row | null, time: number) => Decided<T>;

/** What a range or a chunk is decided by. Which fields are there depends on which were read. */
export interface Row {
  state: "open" | "cut" | "closed" | "dead" | "settled";
  epoch: number;
  leaseUntil?: number;
  hintAt?: number;
  hints: number;
  /** Of a range: all of it, as text. */
  record: string;
  /** Of a chunk: how many members it has, and who they are, as text. */
  size: number;
  members: string;
  /** As text; absent until the first claim. */
  progress?: string;
  possibleRepeats: number;
  notBefore: number;
  handBacks: number;
  firstClaimedAt?: number;
  parked?: true;
}

/** The fields that are times. In the records they are timestamps, for people and for the TTL. */
const TIMES = new Set(["leaseUntil", "hintAt", "notBefore", "firstClaimedAt", "expiresAt"]);

/**
 * Fields as an update. What is null is deleted, rather than written as null: an absent field has no index entry, so
 * that whatever is over costs the queries for what is due or leased nothing.
 */
export function encode(fields: Fields): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => {
    if (value === null) return [name, FieldValue.delete()];
    return [name, TIMES.has(name) ? Timestamp.fromMillis(Number(value)) : value];
  });
  return Object.fromEntries(entries);
}

/** Fields of a new document, in which nothing can be deleted. */
export function encodeNew(fields: Fields): Record<string, unknown> {
  return encode(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)));
}

export function decode(snapshot: DocumentSnapshot): Row {
  const entries = Object.entries(snapshot.data() ?? {}).map(([name, value]) => [
    name,
    value instanceof Timestamp ? value.toMillis() : value,
  ]);
  return Object.fromEntries(entries) as Row;
}

export function openRanges(place: Place, broadcast: BroadcastId) {
  return place.all("range", broadcast).where("state", "in", ["open", "cut"]);
}

export function progressOf({ size, progress }: Pick<Row, "size" | "progress">): Progress {
  return progress === undefined ? freshProgress(size) : (JSON.parse(progress) as Progress);
}

/** A chunk's progress, and the counts that follow from it: the live totals are sums of these. */
export function progressFields(size: number, progress: Progress, possibleRepeats: number): Fields {
  const { accepted, rejected, expired, cancelled, unknown } = tally(size, progress, possibleRepeats);
  return {
    progress: JSON.stringify(progress),
    accepted,
    rejected: Object.values(rejected).reduce((total, count) => total + count, 0),
    expired,
    cancelled,
    unknown,
    possibleRepeats,
  };
}
