import type { Member } from "./chunk.ts";
import { type BroadcastId, broadcastOf, type ChunkId, chunkId, rangeId } from "./ids.ts";
import {
  claimed,
  type Decide,
  FENCED,
  type HintTimes,
  holds,
  isLeased,
  type Moment,
  NOTHING,
  type Step,
  type StoredLease,
  unleased,
  type Written,
} from "./lease-steps.ts";
import type { PlannedPage } from "./plan-chunks.ts";
import {
  addCounts,
  EVERYTHING,
  freshRange,
  isOver,
  type Range,
  type RangeCounts,
  readRange,
  stopped,
} from "./range.ts";

/** A range as it is stored. Its record is text in the stores, which is read only if a step needs it. */
export interface StoredRange extends StoredLease {
  range(): Range;
}

/** What steps write of a range. */
export interface RangeFields extends StoredLease, HintTimes {
  range: Range;
}

export interface NewRange {
  range: Range;
  hintAt: number | null;
}

export interface NewChunk {
  id: ChunkId;
  members: readonly Member[];
  hintAt: number;
}

/** Records that a step creates, in the same commit. */
export interface Made {
  ranges: NewRange[];
  chunks: NewChunk[];
}

export interface RangeStep<T> extends Step<T, RangeFields> {
  makes?: Partial<Made>;
}

export type DecideRange<T> = (stored: StoredRange | null, at: Moment) => RangeStep<T>;

export type RangeClaim =
  | { kind: "missing" }
  | { kind: "closed" }
  | { kind: "leased-elsewhere" }
  | { kind: "claimed"; epoch: number; range: Range };

export interface Page extends PlannedPage {
  /** The cursor this page was read from. */
  from: string;
  /** How many of the range's chunks had been published when the page was written. */
  published: number;
}

export type Burial = "again" | "dead" | "left-alone";

/** The first range of a broadcast: the whole audience. */
export function openRoot(broadcast: BroadcastId, { now, neverClaimedMs }: Moment): Made {
  const range = freshRange(rangeId(broadcast, 0), EVERYTHING);
  return { ranges: [{ range, hintAt: now + neverClaimedMs }], chunks: [] };
}

/**
 * The first range of an audience that is read already, and its chunks. These are hinted at after a lease, as if their
 * maker held them: should it die before it publishes them, no other process would for ten minutes.
 */
export function openPlanned(
  broadcast: BroadcastId,
  { chunks, cursor, counts }: PlannedPage,
  { now, leaseMs }: Moment,
): Made {
  const id = rangeId(broadcast, 0);
  const range = readRange(id, { cursor, made: chunks.length, counts });
  return { ranges: [{ range, hintAt: null }], chunks: newChunks({ id, made: 0 }, chunks, now + leaseMs) };
}

/** The chunks that come next in a range. */
function newChunks(
  { id, made }: Pick<Range, "id" | "made">,
  chunks: readonly Member[][],
  hintAt: number,
): NewChunk[] {
  return chunks.map((members, index) => ({ id: chunkId(id, made + index), members, hintAt }));
}

export const claimRange: DecideRange<RangeClaim> = (stored, at) => {
  if (!stored) return { answer: { kind: "missing" } };
  const range = stored.range();
  if (isOver(range)) return { answer: { kind: "closed" } };
  if (isLeased(stored, at.now)) return { answer: { kind: "leased-elsewhere" } };
  const write = claimed(stored, at);
  return { answer: { kind: "claimed", epoch: write.epoch, range }, write };
};

/** A step on the record that only the claim of this epoch may take; null where the record does not allow it. */
function ifHeld(
  epoch: number,
  step: (range: Range, at: Moment) => Omit<RangeStep<Written>, "answer"> | null,
): DecideRange<Written> {
  return (stored, at) => {
    const result = holds(stored, epoch) ? step(stored.range(), at) : null;
    return result ? { answer: "done", ...result } : FENCED;
  };
}

export function addPage(epoch: number, { from, cursor, chunks, counts, published }: Page) {
  return ifHeld(epoch, (range, { now, neverClaimedMs }) => {
    if (range.state !== "open" || range.cursor !== from) return null;
    const made = range.made + chunks.length;
    const next = { ...range, cursor, made, published, counts: addCounts(range.counts, counts) };
    return { write: { range: next }, makes: { chunks: newChunks(range, chunks, now + neverClaimedMs) } };
  });
}

export function cutRange(epoch: number, bounds: readonly string[]) {
  return ifHeld(epoch, (range, { now, neverClaimedMs }) => {
    const broadcast = broadcastOf(range.id);
    if (range.state !== "open" || range.id !== rangeId(broadcast, 0)) return null;
    const edges = [range.cursor, ...bounds];
    const ranges = edges.map((after, index) => {
      const span = { after, upTo: bounds[index] ?? range.span.upTo };
      return { range: freshRange(rangeId(broadcast, index + 1), span), hintAt: now + neverClaimedMs };
    });
    return { write: { range: { ...range, state: "cut", children: edges.length } }, makes: { ranges } };
  });
}

export function closeRange(epoch: number, counts: RangeCounts) {
  return ifHeld(epoch, (range) => {
    const sums = addCounts(range.counts, counts);
    const closed: Range = { ...range, state: "closed", published: range.made, counts: sums };
    return { write: { range: closed, ...unleased(null) } };
  });
}

export function releaseRange(epoch: number, afterMs: number): Decide<StoredLease, Written, RangeFields> {
  return (stored, { now }) =>
    holds(stored, epoch) ? { answer: "done", write: unleased(now + afterMs) } : FENCED;
}

export function buryRange(tries: number, unreadAbout: number): DecideRange<Burial> {
  return (stored, { now, leaseMs }) => {
    if (!stored || isLeased(stored, now)) return { answer: "left-alone" };
    const range = stored.range();
    if (isOver(range)) return { answer: "left-alone" };
    const deaths = range.deaths + 1;
    if (deaths <= tries)
      return { answer: "again", write: { range: { ...range, deaths }, ...unleased(now + leaseMs) } };
    const dead: Range = { ...range, deaths, state: "dead", unreadAbout };
    return { answer: "dead", write: { range: dead, ...unleased(null) } };
  };
}

export function stopRange(unreadAbout: number): DecideRange<void> {
  return (stored) => {
    const range = stored?.range();
    if (!range || isOver(range)) return NOTHING;
    return { answer: undefined, write: { range: stopped(range, unreadAbout), ...unleased(null) } };
  };
}
