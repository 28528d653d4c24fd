import { type Books, emptyBooks, enter, enterRange } from "../domain/books.ts";
import { tally } from "../domain/chunk.ts";
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
import { forEach } from "../hosting/for-each.ts";
import { createChunks } from "./firestore-chunks.ts";
import { createRanges } from "./firestore-ranges.ts";
import { createPlace, decode, type Kind, openRanges, type Place, progressOf } from "./firestore-records.ts";
import { createRousing } from "./firestore-rousing.ts";
import { readStanding } from "./firestore-standing.ts";
import type { Hint, Ledger } from "./index.ts";
import { LEDGER_TIMING, type LedgerTiming } from "./timing.ts";

/** Waits between two hints double up to this: a backlog of hours must not fill the bus with hints of itself. */
const MAX_HINT_WAIT_MS = 3_600_000;
const NOTED_AT_ONCE = 50;

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
    hinted: (hints) => forEach(hints, NOTED_AT_ONCE, (hint) => noteHint(place, hint)),
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

/** Puts a hint's next time off, unless somebody acted on it meanwhile. One that is lost is only made again. */
async function noteHint({ decide, timing }: Place, { kind, id }: Hint): Promise<void> {
  await decide<void>(kind, id, ["hintAt", "hints", "epoch"], (row, time) => {
    if (row?.hintAt === undefined || row.hintAt > time) return { answer: undefined };
    const first = row.epoch === 0 ? timing.neverClaimedMs : timing.leaseMs;
    const waitMs = Math.min(MAX_HINT_WAIT_MS, first * 2 ** row.hints);
    return { answer: undefined, changes: { hints: row.hints + 1, hintAt: time + waitMs } };
  });
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
    const row = decode(snapshot);
    enter(books, tally(row.size, progressOf(row), row.possibleRepeats));
  }
  for (const range of await ranges(broadcast)) enterRange(books, range);
  return books;
}
