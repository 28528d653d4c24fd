import { type Books, emptyBooks, enter, enterRange } from "../domain/books.ts";
import { tally } from "../domain/chunk.ts";
import { progressOf } from "../domain/chunk-steps.ts";
import { type BroadcastId, rangeId } from "../domain/ids.ts";
import {
  type Firestore,
  type FirestoreOptions,
  find,
  type Query,
  readOne,
  streamOf,
  Timestamp,
  withOurErrors,
} from "../google/firestore.ts";
import { createChunks } from "./firestore-chunks.ts";
import { decode } from "./firestore-fields.ts";
import { createRanges } from "./firestore-ranges.ts";
import { createPlace, type Kind, openRanges, type Place } from "./firestore-records.ts";
import { createRousing, noteHints } from "./firestore-rousing.ts";
import { readStanding } from "./firestore-standing.ts";
import type { Hint, Ledger } from "./index.ts";
import { LEDGER_TIMING, type LedgerTiming } from "./timing.ts";

/**
 * The ledger as documents below each broadcast's: `{prefix}ranges/{rangeId}` and `{prefix}chunks/{chunkId}`. Every
 * write is one commit on the condition that its document has not changed since it was read; leases are judged by the
 * time of that reading, which is the store's own.
 */
export function createFirestoreLedger(
  firestore: Firestore,
  timing: LedgerTiming = LEDGER_TIMING,
  options: Partial<FirestoreOptions> = {},
): Ledger {
  const place = createPlace(firestore, timing, options);
  const ranges = createRanges(place);
  return withOurErrors<Ledger>({
    ...ranges,
    ...createChunks(place),
    ...createRousing(place),
    hints: (limit, lateMs = 0) => findHints(place, limit, lateMs),
    hinted: (hints) => noteHints(place, hints),
    complete: (broadcast) => isComplete(place, broadcast),
    standing: (broadcast) => readStanding(place, broadcast),
    books: (broadcast) => readBooks(place, ranges, broadcast),
  });
}

async function findHints(place: Place, limit: number, lateMs: number): Promise<Hint[]> {
  await place.sync();
  const latest = Timestamp.fromMillis(place.now() - lateMs);
  const due = async (kind: Kind) => {
    const query = place.everywhere(kind).where("hintAt", "<=", latest).orderBy("hintAt").limit(limit);
    const { docs } = await find(query.select("hintAt"));
    return docs.map((snapshot) => ({ kind, id: snapshot.id, hintAt: decode(snapshot).hintAt ?? 0 }));
  };
  const found = (await Promise.all([due("range"), due("chunk")])).flat();
  found.sort((a, b) => a.hintAt - b.hintAt);
  return found.slice(0, limit).map(({ kind, id }) => ({ kind, id }));
}

/**
 * No snapshot is needed, because of the order of these reads. A range is made only with the root or by cutting it,
 * and the root counts as open until its children are there; so once the root is there and no range is open, none
 * will ever be. Chunks are made by open ranges only, so from then on none is made, and settled ones stay settled:
 * what the last read does not find will never be. The first read only spares the others while a broadcast is at work.
 */
async function isComplete(place: Place, broadcast: BroadcastId): Promise<boolean> {
  const openChunk = () => isAny(place.all("chunk", broadcast).where("state", "==", "open"));
  if (await openChunk()) return false;
  const root = await readOne(place.ref("range", rangeId(broadcast, 0)), ["state"]);
  if (!root.exists) return false;
  if (await isAny(openRanges(place, broadcast))) return false;
  return !(await openChunk());
}

async function isAny(query: Query): Promise<boolean> {
  return !(await query.limit(1).select().get()).empty;
}

async function readBooks(
  place: Place,
  { ranges }: Pick<Ledger, "ranges">,
  broadcast: BroadcastId,
): Promise<Books> {
  const books = emptyBooks();
  const chunks = place.all("chunk", broadcast).select("size", "possibleRepeats", "progress");
  for await (const snapshot of streamOf(chunks)) {
    const chunk = decode(snapshot);
    enter(books, tally(chunk.size, progressOf(chunk), chunk.possibleRepeats));
  }
  for (const range of await ranges(broadcast)) enterRange(books, range);
  return books;
}
