import { sum } from "./books.ts";
import type { OnCrash } from "./broadcast.ts";
import {
  abandon,
  type Chunk,
  claimProgress,
  freshProgress,
  type Member,
  type Progress,
  tally,
} from "./chunk.ts";
import type { ChunkId } from "./ids.ts";
import {
  claimed,
  type Decide,
  FENCED,
  type HintTimes,
  holds,
  ifHeld,
  isLeased,
  NOTHING,
  type StoredLease,
  unleased,
  type Written,
} from "./lease-steps.ts";
import type { Outcome } from "./outcome.ts";

/** What a holder's writes are decided by: of 100 KB of members and of the progress, not a byte. */
export interface HeldChunk extends StoredLease {
  state: Chunk["state"];
  size: number;
  possibleRepeats: number;
  handBacks: number;
}

/** A chunk as it is stored. Its progress and members are text in the stores, read only if a step needs them. */
export interface StoredChunk extends HeldChunk {
  id: ChunkId;
  parked: boolean;
  /** No claim before this. */
  notBefore: number;
  firstClaimedAt: number | null;
  /** Null until the first claim. */
  progress(): Progress | null;
  members(): Member[];
}

/** How many members ended how: live totals are sums of these, which therefore follow the progress in each write. */
export interface Ends {
  accepted: number;
  rejected: number;
  expired: number;
  cancelled: number;
  unknown: number;
}

/** What steps write of a chunk. Its members are never written again. */
export interface ChunkFields extends Omit<HeldChunk, "size">, HintTimes, Ends {
  parked: boolean;
  notBefore: number;
  firstClaimedAt: number | null;
  progress: Progress;
}

export type ChunkClaim =
  | { kind: "missing" }
  | { kind: "settled" }
  | { kind: "parked" }
  | { kind: "leased-elsewhere" }
  | { kind: "not-before" }
  | ClaimedChunk;

export interface ClaimedChunk {
  kind: "claimed";
  epoch: number;
  chunk: Chunk;
  /** How often the chunk was handed back before: waits go on growing from there. Crashes do not count. */
  handBacks: number;
  /** Milliseconds since it was first claimed, by the store's clock. */
  ageMs: number;
}

export function progressOf(stored: Pick<StoredChunk, "size" | "progress">): Progress {
  return stored.progress() ?? freshProgress(stored.size);
}

export function chunkOf(stored: StoredChunk, progress = progressOf(stored)): Chunk {
  const { id, state, leaseUntil, possibleRepeats } = stored;
  return { id, state, inHand: leaseUntil !== null, members: stored.members(), progress, possibleRepeats };
}

/** A chunk's progress, and the totals that follow from it. */
export function progressed(size: number, progress: Progress): Ends & { progress: Progress } {
  const { accepted, rejected, expired, cancelled, unknown } = tally(size, progress, 0);
  return { progress, accepted, rejected: sum(rejected), expired, cancelled, unknown };
}

export function claimChunk(onCrash: OnCrash): Decide<StoredChunk, ChunkClaim, ChunkFields> {
  return (stored, at) => {
    if (!stored) return { answer: { kind: "missing" } };
    if (stored.state === "settled") return { answer: { kind: "settled" } };
    if (stored.parked) return { answer: { kind: "parked" } };
    if (isLeased(stored, at.now)) return { answer: { kind: "leased-elsewhere" } };
    if (stored.notBefore > at.now) return { answer: { kind: "not-before" } };
    const { size, handBacks, leaseUntil } = stored;
    const { progress, repeats } = claimProgress(progressOf(stored), leaseUntil !== null, onCrash);
    const possibleRepeats = stored.possibleRepeats + repeats;
    const firstClaimedAt = stored.firstClaimedAt ?? at.now;
    const write = { ...claimed(stored, at), ...progressed(size, progress), possibleRepeats, firstClaimedAt };
    const chunk = { ...chunkOf(stored, progress), inHand: true, possibleRepeats };
    const ageMs = at.now - firstClaimedAt;
    return { answer: { kind: "claimed", epoch: write.epoch, chunk, handBacks, ageMs }, write };
  };
}

type DecideHeld<T> = Decide<HeldChunk, T, ChunkFields>;

export function countRepeats(epoch: number, count: number): DecideHeld<Written> {
  return ifHeld(epoch, ({ possibleRepeats }) => ({ possibleRepeats: possibleRepeats + count }));
}

export function noteProgress(epoch: number, progress: Progress): DecideHeld<Written> {
  return ifHeld(epoch, ({ size }) => progressed(size, progress));
}

export function releaseChunk(epoch: number, progress: Progress, afterMs: number): DecideHeld<Written> {
  return ifHeld(epoch, ({ size, handBacks }, { now }) => ({
    ...progressed(size, progress),
    ...unleased(now + afterMs),
    notBefore: now + afterMs,
    handBacks: handBacks + 1,
  }));
}

/** @param isWaiting whether the broadcast waits behind a gate: true until the write, or the chunk is parked for ever. */
export function parkChunk(
  epoch: number,
  progress: Progress,
  isWaiting: () => boolean,
): DecideHeld<Written | "gates-open"> {
  return (stored) => {
    if (!holds(stored, epoch)) return FENCED;
    if (!isWaiting()) return { answer: "gates-open" };
    const write = { ...progressed(stored.size, progress), ...unleased(null) };
    return { answer: "done", write: { ...write, parked: true, firstClaimedAt: null } };
  };
}

export const unparkChunk: Decide<Pick<StoredChunk, "parked">, void, ChunkFields> = (stored, { now }) =>
  stored?.parked ? { answer: undefined, write: { parked: false, hintAt: now, hints: 0 } } : NOTHING;

/** @throws Error where a member is still open: nothing would ever look at it again. */
export function settleChunk(id: ChunkId, epoch: number, progress: Progress): DecideHeld<Written> {
  if (progress.open.length > 0)
    throw new Error(`${id} cannot be settled: ${progress.open.length} members are open`);
  return (stored) => {
    if (stored?.state === "settled" && stored.epoch === epoch) return { answer: "done" };
    if (!holds(stored, epoch)) return FENCED;
    return { answer: "done", write: { ...progressed(stored.size, progress), ...SETTLED } };
  };
}

const SETTLED = { state: "settled", ...unleased(null) } as const;

/** Ends a chunk that no live claim holds. The next epoch fences off a holder that wakes up late. */
export function closeChunk(
  outcome: Exclude<Outcome, "accepted">,
): Decide<Omit<StoredChunk, "id" | "members">, void, ChunkFields> {
  return (stored, { now }) => {
    if (stored?.state !== "open" || isLeased(stored, now)) return NOTHING;
    const progress = abandon(progressOf(stored), stored.leaseUntil !== null, outcome);
    const ended = { ...SETTLED, parked: false, epoch: stored.epoch + 1 };
    return { answer: undefined, write: { ...progressed(stored.size, progress), ...ended } };
  };
}
