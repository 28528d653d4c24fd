import { emptyBooks, enter, enterRange } from "../domain/books.ts";
import { freshProgress, type Progress, tally } from "../domain/chunk.ts";
import {
  type ChunkFields,
  chunkOf,
  closeChunk,
  type Ends,
  parkChunk,
  progressed,
  progressOf,
  type StoredChunk,
  unparkChunk,
} from "../domain/chunk-steps.ts";
import { isFreeAt, putOff, type StoredWork, wake, workOf } from "../domain/hint-steps.ts";
import { type BroadcastId, broadcastOf, type ChunkId } from "../domain/ids.ts";
import { isLeased, type Moment, type Step } from "../domain/lease-steps.ts";
import { isOver } from "../domain/range.ts";
import type { Made, NewChunk, NewRange, RangeFields, StoredRange } from "../domain/range-steps.ts";
import type { ChunkPort, Hint, Ledger, RousePort, Standing } from "./index.ts";
import { createChunkSteps, createRangeSteps } from "./ports.ts";
import { LEDGER_TIMING, type LedgerTiming } from "./timing.ts";

type RangeRow = StoredRange & StoredWork & { kind: "range"; id: string };
type ChunkRow = StoredChunk & StoredWork & Ends & { kind: "chunk" };
type Row = RangeRow | ChunkRow;
type Decided<T> = Step<T, RangeFields & ChunkFields> & { makes?: Partial<Made> };

export interface MemoryOptions {
  /** Whether a broadcast waits behind a gate. It answers at once, so that no gate opens while a chunk is parked. */
  isGated: (broadcast: BroadcastId) => boolean;
  /** The store's clock. */
  now: () => number;
  timing?: LedgerTiming;
}

/**
 * The ledger of one process, lost with it: for tests, and for models that play many runs. It serves a few thousand
 * chunks, as it looks through all of them for what the other drivers have indexes for.
 */
export function createMemoryLedger(options: MemoryOptions): Ledger {
  const rows = createRows(options);
  return {
    ...createRangePort(rows),
    ...createChunkPort(rows, options.isGated),
    ...createHintPort(rows),
    ...createTotals(rows),
  };
}

type Rows = ReturnType<typeof createRows>;

function createRows({ now, timing = LEDGER_TIMING }: MemoryOptions) {
  const ranges = new Map<string, RangeRow>();
  const chunks = new Map<string, ChunkRow>();
  const at = (): Moment => ({ now: now(), ...timing });

  function make({ ranges: newRanges = [], chunks: newChunks = [] }: Partial<Made>): void {
    for (const one of newRanges) ranges.set(one.range.id, rangeRow(one));
    for (const one of newChunks) chunks.set(one.id, chunkRow(one));
  }

  /** Takes a step on a record, and writes what it decides. Nothing else runs in between. */
  function take<R extends Row, T>(row: R | undefined, step: (row: R | null, at: Moment) => Decided<T>): T {
    const { answer, write, makes } = step(row ?? null, at());
    const { range, progress, ...fields } = write ?? {};
    if (row) Object.assign(row, fields);
    if (row && range) Object.assign(row, { state: range.state, range: keep(range) });
    if (row && progress) Object.assign(row, { progress: keep(progress) });
    if (makes) make(makes);
    return answer;
  }

  const inOrder = <R extends Row>(map: Map<string, R>, broadcast: BroadcastId): R[] =>
    [...map.values()]
      .filter(({ id }) => broadcastOf(id) === broadcast)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    at,
    make,
    take,
    range: (id: string) => ranges.get(id),
    chunk: (id: string) => chunks.get(id),
    all: (): Row[] => [...ranges.values(), ...chunks.values()],
    rangesOf: (broadcast: BroadcastId) => inOrder(ranges, broadcast),
    chunksOf: (broadcast: BroadcastId) => inOrder(chunks, broadcast),
  };
}

/** A value as text, as the other drivers keep it: no reader shares it with the writer, or with another reader. */
function keep<T>(value: T): () => T {
  const text = JSON.stringify(value);
  return () => JSON.parse(text) as T;
}

const UNCLAIMED = { epoch: 0, leaseUntil: null, hints: 0, notBefore: 0, parked: false };

function rangeRow({ range, hintAt }: NewRange): RangeRow {
  return { ...UNCLAIMED, kind: "range", id: range.id, state: range.state, hintAt, range: keep(range) };
}

function chunkRow({ id, members, hintAt }: NewChunk): ChunkRow {
  const size = members.length;
  const { progress: _, ...ends } = progressed(size, freshProgress(size));
  const counts = { ...ends, size, handBacks: 0, possibleRepeats: 0, firstClaimedAt: null };
  const texts = { members: keep([...members]), progress: keep<Progress | null>(null) };
  return { ...UNCLAIMED, ...counts, ...texts, kind: "chunk", id, state: "open", hintAt };
}

function createRangePort({ at, take, make, range, rangesOf }: Rows) {
  return {
    ...createRangeSteps({
      async create(makeThem) {
        const made = makeThem(at());
        if (made.ranges.some(({ range: { id } }) => range(id))) return "exists";
        make(made);
        return "created";
      },
      byLease: async (id, step) => take(range(id), step),
      byRecord: async (id, step) => take(range(id), step),
    }),
    ranges: async (broadcast: BroadcastId) => rangesOf(broadcast).map((row) => row.range()),
  };
}

function createChunkPort({ at, take, chunk, chunksOf }: Rows, isGated: MemoryOptions["isGated"]): ChunkPort {
  async function* chunks(broadcast: BroadcastId, after: ChunkId = "") {
    for (let last = after; ; ) {
      const next = chunksOf(broadcast).find(({ id }) => id > last);
      if (!next) return;
      yield chunkOf(next);
      last = next.id;
    }
  }
  return {
    ...createChunkSteps({
      byHolder: async (id, step) => take(chunk(id), step),
      byRecord: async (id, step) => take(chunk(id), step),
    }),
    parkChunk: async (id, epoch, progress) =>
      take(
        chunk(id),
        parkChunk(epoch, progress, () => isGated(broadcastOf(id))),
      ),
    async unpark(broadcast) {
      for (const row of chunksOf(broadcast)) take(row, unparkChunk);
    },
    async closeChunks(broadcast, outcome) {
      for (const row of chunksOf(broadcast)) take(row, closeChunk(outcome));
    },
    async openChunks(broadcast, limit) {
      const open = chunksOf(broadcast).filter(({ state }) => state === "open");
      return open.slice(0, limit).map((row) => chunkOf(row));
    },
    countHeld: async (broadcast) => chunksOf(broadcast).filter((row) => isLeased(row, at().now)).length,
    chunks,
  };
}

function createHintPort({ at, take, range, chunk, all, rangesOf, chunksOf }: Rows) {
  const kinds = (broadcast: BroadcastId): Row[][] => [rangesOf(broadcast), chunksOf(broadcast)];
  const port: RousePort & Pick<Ledger, "hints" | "hinted"> = {
    async hints(limit, lateMs = 0) {
      const due = all().flatMap(({ kind, id, hintAt }) => (hintAt === null ? [] : [{ kind, id, hintAt }]));
      const late = due.filter(({ hintAt }) => hintAt <= at().now - lateMs);
      late.sort((a, b) => a.hintAt - b.hintAt);
      return late.slice(0, limit).map(({ kind, id }): Hint => ({ kind, id }));
    },
    async hinted(hints) {
      for (const { kind, id } of hints) take<Row, void>(kind === "range" ? range(id) : chunk(id), putOff);
    },
    async rouse(broadcast, limit) {
      for (const rows of kinds(broadcast)) {
        const free = rows.filter((row) => isFreeAt(row, at().now)).slice(0, limit);
        for (const row of free) take(row, wake);
      }
    },
    async openWork(broadcast, limit) {
      const open = kinds(broadcast).flatMap((rows) => rows.filter(isOpen).slice(0, limit));
      return open.map((row) => workOf(row.kind, row, at().now));
    },
  };
  return port;
}

function isOpen({ state }: Row): boolean {
  return state !== "settled" && !isOver({ state });
}

function createTotals({ at, rangesOf, chunksOf }: Rows): Pick<Ledger, "complete" | "standing" | "books"> {
  return {
    async complete(broadcast) {
      const ranges = rangesOf(broadcast);
      return ranges.length > 0 && ![...ranges, ...chunksOf(broadcast)].some(isOpen);
    },
    standing: async (broadcast) => standingOf(rangesOf(broadcast), chunksOf(broadcast), at()),
    async books(broadcast) {
      const books = emptyBooks();
      for (const row of chunksOf(broadcast))
        enter(books, tally(row.size, progressOf(row), row.possibleRepeats));
      for (const row of rangesOf(broadcast)) enterRange(books, row.range());
      return books;
    },
  };
}

function standingOf(ranges: RangeRow[], chunks: ChunkRow[], { now }: Moment): Standing {
  const total = (count: (chunk: ChunkRow) => number) => chunks.reduce((sum, chunk) => sum + count(chunk), 0);
  const openIn = (row: ChunkRow) =>
    row.size - row.accepted - row.rejected - row.expired - row.cancelled - row.unknown;
  return {
    ranges: ranges.length,
    openRanges: ranges.filter(isOpen).length,
    openChunks: chunks.filter(isOpen).length,
    leasedMembers: total((row) => (isLeased(row, now) ? openIn(row) : 0)),
    resolved: total(({ size }) => size),
    accepted: total(({ accepted }) => accepted),
    rejected: total(({ rejected }) => rejected),
    expired: total(({ expired }) => expired),
    cancelled: total(({ cancelled }) => cancelled),
    unknown: total(({ unknown }) => unknown),
    open: total(openIn),
    possibleRepeats: total(({ possibleRepeats }) => possibleRepeats),
  };
}
