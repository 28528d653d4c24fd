import type { DocumentId } from "../domain/broadcast.ts";

/**
 * What Fanfare notes of FlutterFlow's documents beside their broadcasts: which make up a batch, how many each sender
 * has asked for, which were refused, and how those that were only checked compare.
 */
export interface Intake {
  /**
   * Adds a document to the batch that waits for one with this index, or opens another. Batches are told apart by
   * `print` (equal for documents that ask for the same) and `size`. A document that is in a batch already stays in
   * that one, whatever it says by now. Atomic: of several calls at once each finds what the others did, so that more
   * than one may be told that the batch is complete. What ended is kept for weeks.
   * @throws RetryableError CROWDED where so many that ask for the same wait that there is no room for another
   * @throws TerminalError BATCH_FORGOTTEN where the document's batch ended so long ago that it is being removed
   */
  join(member: BatchMember): Promise<Batch>;

  /** The batch that a document is in. */
  batchOf(document: DocumentId): Promise<Batch | null>;

  /**
   * Batches that wait for documents, or were given up and not closed, and were last joined at `before` (ms since 1970)
   * or earlier, the oldest first.
   */
  waiting(before: number, limit: number): Promise<Batch[]>;

  /**
   * Ends a batch that still waits: nobody joins it any more. `complete` where it has come together meanwhile. One that
   * is not known is given up.
   */
  giveUp(key: string): Promise<"given-up" | "complete">;

  /** Takes a batch that was given up off the list of those that wait, once its documents are answered. */
  close(key: string): Promise<void>;

  /**
   * Counts a document against what its sender may ask for: `most` within `withinMs`. The same document again is
   * counted once and gets the same answer, as long as the first lies within that time; later it asks anew. Atomic: of
   * several at once no more than `most` are admitted. Of a sender's refused documents the last thousand are sure to be
   * known again.
   */
  admit(sender: string, document: DocumentId, allowance: Allowance): Promise<"admitted" | "refused">;

  /** Notes a document that was refused, with why. A second call for the same document changes nothing. */
  noteRefusal(refusal: Omit<Refusal, "at">): Promise<void>;

  /** The refusals of the last weeks, the latest first. */
  refusals(limit: number): Promise<Refusal[]>;

  /** Notes how a document that was only checked compares, beside what is known of it: parts that are given replace. */
  noteComparison(document: DocumentId, part: Partial<Compared>): Promise<void>;

  /** The comparisons of the last weeks, those that were noted last first. */
  comparisons(limit: number): Promise<Comparison[]>;
}

export interface BatchMember {
  print: string;
  /** From 0 to `size` - 1. */
  index: number;
  size: number;
  document: DocumentId;
}

export interface Batch {
  /** Of the document that opened it (`documentKey`). */
  key: string;
  /** Its members'. */
  print: string;
  size: number;
  /** By index; those that have not come are absent. */
  documents: Record<number, DocumentId>;
  /** `complete` as soon as all have come, for good. */
  state: "waiting" | "complete" | "given-up";
  /** When the last one joined, ms since 1970 by the store's clock. */
  joinedAt: number;
}

export interface Allowance {
  most: number;
  withinMs: number;
}

/** A document that was not sent. Times are ms since 1970 by the store's clock. */
export interface Refusal extends DocumentId {
  reason: string;
  /** The user document that asked, where one is named. */
  sender?: string | undefined;
  at: number;
}

/** What the functions that FlutterFlow generates answered, and what Fanfare would have. */
export interface Compared {
  theirs: Answered;
  ours: Checked;
}

export interface Answered {
  status: string;
  numSent?: number | undefined;
  error?: string | undefined;
}

/** What came of checking a document: as its answer would say, with what stands behind it. */
export interface Checked extends Answered {
  /** Registrations that would have been sent to. */
  audience: number;
  /** By FCM's code, how many it would have refused. */
  rejected: Record<string, number>;
  /** Documents of the audience without an address. */
  withoutAddress: number;
  /** Why the numbers may differ from those of the generated functions, in words for a person. */
  notes: string[];
}

export interface Comparison extends DocumentId, Partial<Compared> {
  /** When a part of it was last noted, ms since 1970 by the store's clock. */
  at: number;
}
