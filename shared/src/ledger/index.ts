import type { Books } from "../domain/books.ts";
import type { OnCrash } from "../domain/broadcast.ts";
import type { Chunk, Progress } from "../domain/chunk.ts";
import type { ChunkClaim } from "../domain/chunk-steps.ts";
import type { BroadcastId, ChunkId, RangeId } from "../domain/ids.ts";
import type { Written } from "../domain/lease-steps.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { PlannedPage } from "../domain/plan-chunks.ts";
import type { Range, RangeCounts } from "../domain/range.ts";
import type { Burial, Page, RangeClaim } from "../domain/range-steps.ts";
import type { OpenWork } from "../domain/standstill.ts";

/**
 * The ledger: who is to get what, and what came of it. It is the queue and the truth; a message on the bus is only a
 * hint to go and look.
 *
 * Work is done under a lease. A claim gets an epoch, higher than any before, and every write names it: `fenced` means
 * that somebody else has claimed since (or that the work is over), and that nothing was written. The store's own
 * clock judges whether a lease has passed. Each method is one atomic write or one snapshot.
 */
export interface Ledger {
  /** Creates the broadcast's first range, the whole audience, unless it exists. A second call changes nothing. */
  openRoot(broadcast: BroadcastId): Promise<RangeId>;

  /**
   * Creates the first range of an audience that is read already, closed, and the chunks of its only page: together or
   * not at all. Where the range exists, nothing is written. The chunks are hinted at after a lease, as if their
   * maker held them: should it die before it publishes them, nobody else is there to do it.
   */
  openPlanned(broadcast: BroadcastId, page: PlannedPage): Promise<"planned" | "exists">;

  claimRange(id: RangeId): Promise<RangeClaim>;

  /** Extends the lease of a claim by its full length from now. */
  renewRange(id: RangeId, epoch: number): Promise<Written>;

  /**
   * Advances the range's cursor and creates the chunks of a page, together or not at all. Chunks get the next
   * numbers of the range. A second call with the same `from` is fenced off by the cursor having moved.
   */
  addPage(id: RangeId, epoch: number, page: Page): Promise<Written>;

  /**
   * Ends a range at its cursor and makes ranges of the rest: one between each two neighbours among the cursor,
   * `bounds` and the end. Only an uncut root can be cut. The range stays `cut`, with its children unpublished, until
   * it is closed.
   */
  cutRange(id: RangeId, epoch: number, bounds: readonly string[]): Promise<Written>;

  /** Ends a range that was read or cut, and adds `counts` to its counts. */
  closeRange(id: RangeId, epoch: number, counts: RangeCounts): Promise<Written>;

  /** Lets go of a range at once, to be hinted at again after `afterMs`. */
  releaseRange(id: RangeId, epoch: number, afterMs: number): Promise<Written>;

  /**
   * Answers a dead letter. The first `tries` times the tick is to publish the range again; then it is closed as
   * `dead`, with about how many registrations it leaves unread. Leased or closed ranges are left alone.
   */
  buryRange(id: RangeId, tries: number, unreadAbout: number): Promise<Burial>;

  /**
   * Ends a range at its cursor, whoever works on it, as `stopped`, with about how many registrations it leaves unread;
   * one that was cut leaves none, and is closed. Does nothing to one that is over.
   */
  stopRange(id: RangeId, unreadAbout: number): Promise<void>;

  /**
   * Claims a chunk to send to. Taking over a dead claim counts every open member as a possible repeat before it
   * returns (or, with `miss`, ends them as `unknown`); members handed back as unsure likewise.
   */
  claimChunk(id: ChunkId, onCrash: OnCrash): Promise<ChunkClaim>;

  renewChunk(id: ChunkId, epoch: number): Promise<Written>;

  /** Adds to the chunk's possible repeats: called before the repeats are made. */
  countRepeats(id: ChunkId, epoch: number, count: number): Promise<Written>;

  /** Notes how far a chunk has come: written before a long wait, so that a crash in it repeats only what is left. */
  noteProgress(id: ChunkId, epoch: number, progress: Progress): Promise<Written>;

  /** Hands a chunk back with what is left of it; nobody can claim it for `afterMs` from now. */
  releaseChunk(id: ChunkId, epoch: number, progress: Progress, afterMs: number): Promise<Written>;

  /**
   * Puts a chunk aside because its broadcast waits behind a gate. `gates-open`: it does not, or no longer (opened, or
   * cancelled); nothing was written, and the holder goes on. Parked chunks are not hinted at until `unpark`, and their age starts anew then.
   */
  parkChunk(id: ChunkId, epoch: number, progress: Progress): Promise<Written | "gates-open">;

  /** Makes every parked chunk of a broadcast due to be hinted at now. */
  unpark(broadcast: BroadcastId): Promise<void>;

  /**
   * Ends every chunk of a broadcast that no live claim holds, parked ones too: open members get `outcome`, or `unknown`
   * where an attempt may have reached FCM. Each chunk is a write of its own; a second call goes on with what is left.
   */
  closeChunks(broadcast: BroadcastId, outcome: Exclude<Outcome, "accepted">): Promise<void>;

  /** At most `limit` open chunks of a broadcast, whole, in the order of ids: one snapshot of them. */
  openChunks(broadcast: BroadcastId, limit: number): Promise<Chunk[]>;

  /** How many chunks of a broadcast live claims hold: they alone can be sent from. */
  countHeld(broadcast: BroadcastId): Promise<number>;

  /**
   * Ends a chunk: every member has an outcome. A second call by the same claim is `done` and changes nothing.
   * @throws Error where a member is still open: nothing would ever look at it again.
   */
  settleChunk(id: ChunkId, epoch: number, progress: Progress): Promise<Written>;

  /**
   * Ranges and chunks that somebody should look at: lease or wait passed, or never claimed; the longest due first.
   * With `lateMs` only those that have been due for longer than that.
   */
  hints(limit: number, lateMs?: number): Promise<Hint[]>;

  /** Notes that hints were published: the next ones are due after a wait that doubles each time. */
  hinted(hints: readonly Hint[]): Promise<void>;

  /**
   * Makes what is open of a broadcast, and what anybody may take up, due to be hinted at now, and ends waits that have
   * doubled: at most `limit` ranges and as many chunks, in the order of ids. Each is a write of its own; a second call
   * changes nothing.
   */
  rouse(broadcast: BroadcastId, limit?: number): Promise<void>;

  /** At most `limit` open ranges of a broadcast and as many open chunks, in the order of ids, and who has them. */
  openWork(broadcast: BroadcastId, limit: number): Promise<OpenWork[]>;

  /** Whether resolving has begun and nothing is open any more, in one snapshot. Once true it stays true. */
  complete(broadcast: BroadcastId): Promise<boolean>;

  /** One snapshot of how far a broadcast is: what is open, and the live totals (rejections not told apart by code). */
  standing(broadcast: BroadcastId): Promise<Standing>;

  /** The books, from every chunk and range. Of a broadcast at work: as of about now. */
  books(broadcast: BroadcastId): Promise<Books>;

  /** Every chunk of a broadcast in the order of ids, from after `after` on. */
  chunks(broadcast: BroadcastId, after?: ChunkId): AsyncIterable<Chunk>;

  ranges(broadcast: BroadcastId): Promise<Range[]>;
}

/** The part of a ledger that is about what stands still. */
export type RousePort = Pick<Ledger, "rouse" | "openWork">;

/** The part of a ledger that is about ranges. */
export type RangePort = Pick<
  Ledger,
  | "openRoot"
  | "openPlanned"
  | "claimRange"
  | "renewRange"
  | "addPage"
  | "cutRange"
  | "closeRange"
  | "releaseRange"
  | "buryRange"
  | "stopRange"
  | "ranges"
>;

/** The part of a ledger that is about chunks. */
export type ChunkPort = Pick<
  Ledger,
  | "claimChunk"
  | "renewChunk"
  | "countRepeats"
  | "noteProgress"
  | "releaseChunk"
  | "parkChunk"
  | "unpark"
  | "closeChunks"
  | "openChunks"
  | "countHeld"
  | "settleChunk"
  | "chunks"
>;

export type { ChunkClaim, ClaimedChunk } from "../domain/chunk-steps.ts";
export type { Written } from "../domain/lease-steps.ts";
export type { Page, RangeClaim } from "../domain/range-steps.ts";

export type Hint = { kind: "range"; id: RangeId } | { kind: "chunk"; id: ChunkId };

export interface Standing {
  /** All ranges ever made: 0 means that resolving has not begun. */
  ranges: number;
  openRanges: number;
  openChunks: number;
  /** Open members of chunks that a live claim holds: those who could be sent to at this moment. */
  leasedMembers: number;
  resolved: number;
  accepted: number;
  rejected: number;
  expired: number;
  cancelled: number;
  unknown: number;
  open: number;
  possibleRepeats: number;
}
