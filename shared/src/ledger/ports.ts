import * as chunks from "../domain/chunk-steps.ts";
import { type BroadcastId, type ChunkId, type RangeId, rangeId } from "../domain/ids.ts";
import { type Decide, type Moment, renew, type StoredLease } from "../domain/lease-steps.ts";
import * as ranges from "../domain/range-steps.ts";
import type { ChunkPort, RangePort } from "./index.ts";

/**
 * What a store does for the steps of ranges. Each reads a range, lets `step` decide by the store's clock, and writes
 * what it decides: all of it, or nothing. A step may be taken again, on what a rival wrote meanwhile.
 */
export interface RangeStore {
  /** Creates records, unless the first of the ranges exists. */
  create(make: (at: Moment) => ranges.Made): Promise<"created" | "exists">;
  /** Reads no more than who holds the range. */
  byLease<T>(id: RangeId, step: Decide<StoredLease, T, ranges.RangeFields>): Promise<T>;
  byRecord<T>(id: RangeId, step: ranges.DecideRange<T>): Promise<T>;
}

export type RangeSteps = Omit<RangePort, "ranges">;

/** The part of a ledger that changes ranges, which is the same on every store. */
export function createRangeSteps({ create, byLease, byRecord }: RangeStore): RangeSteps {
  return {
    async openRoot(broadcast: BroadcastId) {
      await create((at) => ranges.openRoot(broadcast, at));
      return rangeId(broadcast, 0);
    },
    async openPlanned(broadcast, page) {
      const made = await create((at) => ranges.openPlanned(broadcast, page, at));
      return made === "created" ? "planned" : "exists";
    },
    claimRange: (id) => byRecord(id, ranges.claimRange),
    renewRange: (id, epoch) => byLease(id, renew(epoch)),
    addPage: (id, epoch, page) => byRecord(id, ranges.addPage(epoch, page)),
    cutRange: (id, epoch, bounds) => byRecord(id, ranges.cutRange(epoch, bounds)),
    closeRange: (id, epoch, counts) => byRecord(id, ranges.closeRange(epoch, counts)),
    releaseRange: (id, epoch, afterMs) => byLease(id, ranges.releaseRange(epoch, afterMs)),
    buryRange: (id, tries, unreadAbout) => byRecord(id, ranges.buryRange(tries, unreadAbout)),
    stopRange: (id, unreadAbout) => byRecord(id, ranges.stopRange(unreadAbout)),
  };
}

/** What a store does for the steps of chunks: see {@link RangeStore}. */
export interface ChunkStore {
  /** Reads neither members nor progress. */
  byHolder<T>(id: ChunkId, step: Decide<chunks.HeldChunk, T, chunks.ChunkFields>): Promise<T>;
  /** Reads everything. */
  byRecord<T>(id: ChunkId, step: Decide<chunks.StoredChunk, T, chunks.ChunkFields>): Promise<T>;
}

export type ChunkSteps = Pick<
  ChunkPort,
  "claimChunk" | "renewChunk" | "countRepeats" | "noteProgress" | "releaseChunk" | "settleChunk"
>;

/** The part of a ledger that changes one chunk by what is stored of it, which is the same on every store. */
export function createChunkSteps({ byHolder, byRecord }: ChunkStore): ChunkSteps {
  return {
    claimChunk: (id, onCrash) => byRecord(id, chunks.claimChunk(onCrash)),
    renewChunk: (id, epoch) => byHolder(id, renew(epoch)),
    countRepeats: (id, epoch, count) => byHolder(id, chunks.countRepeats(epoch, count)),
    noteProgress: (id, epoch, progress) => byHolder(id, chunks.noteProgress(epoch, progress)),
    releaseChunk: (id, epoch, progress, afterMs) =>
      byHolder(id, chunks.releaseChunk(epoch, progress, afterMs)),
    settleChunk: async (id, epoch, progress) => byHolder(id, chunks.settleChunk(id, epoch, progress)),
  };
}
