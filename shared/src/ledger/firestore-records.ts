import { type BroadcastId, broadcastOf } from "../domain/ids.ts";
import type { Moment, Step } from "../domain/lease-steps.ts";
import type { Made } from "../domain/range-steps.ts";
import {
  clockOf,
  compareAndSet,
  type DocumentSnapshot,
  expiry,
  FIRESTORE_OPTIONS,
  type Firestore,
  type FirestoreOptions,
  type Timestamp,
  type WriteBatch,
} from "../google/firestore.ts";
import { type Changes, decode, encode, encodeChunk, encodeRange, type Stored } from "./firestore-fields.ts";
import type { LedgerTiming } from "./timing.ts";

export type Kind = "range" | "chunk";

type Decide<T> = (stored: Stored | null, at: Moment) => Step<T, Changes> & { makes?: Partial<Made> };

export type Place = ReturnType<typeof createPlace>;

/** Where the ledger lies, and what its parts share. Times are milliseconds since 1970, by the store's clock. */
export function createPlace(firestore: Firestore, timing: LedgerTiming, settings: Partial<FirestoreOptions>) {
  const options = { ...FIRESTORE_OPTIONS, ...settings };
  const { prefix, skewMs } = options;
  const clock = clockOf(firestore);
  const broadcast = (id: string) => firestore.collection(`${prefix}broadcasts`).doc(broadcastOf(id));
  const collections = { range: `${prefix}ranges`, chunk: `${prefix}chunks` };

  const all = (kind: Kind, id: BroadcastId) => broadcast(id).collection(collections[kind]);
  const ref = (kind: Kind, id: string) => all(kind, id).doc(id);
  /** The store's time, or a little less: good enough for a first look, and to say when to look again. */
  const now = () => clock.now() + skewMs();
  const expiresAt = (time: number) => expiry(options, time).toMillis();

  function create(batch: WriteBatch, { ranges = [], chunks = [] }: Partial<Made>, time: number): void {
    for (const one of ranges) batch.create(ref("range", one.range.id), encodeRange(one, expiresAt(time)));
    for (const one of chunks) batch.create(ref("chunk", one.id), encodeChunk(one));
  }

  /**
   * Takes a step on a range or a chunk, of which `fields` are read. See `compareAndSet`: a step may find its own
   * write. Here that means a claim by an unknown holder, whose lease will pass; a write that looks fenced, and leaves
   * the work to the next claim; or repeats counted twice, which errs on the safe side.
   */
  async function decide<T>(
    kind: Kind,
    id: string,
    fields: readonly string[],
    step: Decide<T>,
    known?: DocumentSnapshot,
  ): Promise<T> {
    return compareAndSet(ref(kind, id), { fields, known }, (snapshot, readAt) => {
      const time = readAt + skewMs();
      const stored = snapshot.exists ? decode(snapshot) : null;
      const { answer, write, makes = {} } = step(stored, { now: time, ...timing });
      if (!write) return { answer };
      return {
        answer,
        write(batch, unchanged) {
          batch.update(snapshot.ref, encode(write, expiresAt(time)), unchanged);
          create(batch, makes, time);
        },
      };
    });
  }

  return {
    firestore,
    broadcast,
    all,
    ref,
    create,
    decide,
    everywhere: (kind: Kind) => firestore.collectionGroup(collections[kind]),
    /** Before `now`, where nothing of the store's has been read for it. */
    sync: clock.sync,
    now,
    at: (): Moment => ({ now: now(), ...timing }),
    /** When an answer was true, by the clock that leases are judged by. */
    timeOf: ({ readTime }: { readTime: Timestamp }) => readTime.toMillis() + skewMs(),
    expiresAt,
  };
}

export function openRanges(place: Place, broadcast: BroadcastId) {
  return place.all("range", broadcast).where("state", "in", ["open", "cut"]);
}
