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
   * known again. What was admitted within the time is one record, which on Firestore is one document of 1 MiB: `most`
   * can be up to 20,000.
   */
  admit(sender: string, document: DocumentId, allowance: Allowance): Promise<"admitted" | "refused">;

  /**
   * How many documents of a sender were admitted and refused within a time, as `admit` counted them. A thousand refused
   * may stand for more.
   * @param withinMs at most the time that the sender's allowance is for: what lies further back may be forgotten
   */
  asked(sender: string, withinMs: number): Promise<{ admitted: number; refused: number }>;

  /**
   * Notes fields of a document that Fanfare does not know. Of each name the latest document is kept, to within two
   * hours: a name that was noted within the last hour is not written again, and neither is one that this process has
   * looked up within the hour. Names come from any app's user: they are cut to 100 characters, the 100 noted last are
   * kept, and a process that has noted a thousand within the hour ignores more. Atomic: of several calls at once none
   * takes away what another noted.
   */
  noteFields(names: readonly string[], document: DocumentId): Promise<void>;

  /** The names noted in the last 30 days, by name. */
  fields(): Promise<NotedField[]>;

  /** Notes a document that was refused or left, with why. A second call for the same document changes nothing. */
  noteRefusal(refusal: Omit<DocumentRefusal, "at">): Promise<void>;

  /** The refusals of the last weeks, the latest first. */
  refusals(limit: number): Promise<DocumentRefusal[]>;

  /**
   * Notes how a document that was only checked compares, along with what is known of it: parts that are given replace.
   * Of `ignored` the first hundred names are kept, cut to 100 characters.
   */
  noteComparison(document: DocumentId, part: Partial<Compared>): Promise<void>;

  /** The comparisons of the last weeks, those that were noted last first. */
  comparisons(limit: number): Promise<Comparison[]>;
}

/** By this the documents of apps without a sender are counted: they share one allowance. */
export const WITHOUT_SENDER = "without a sender";

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

/** A field of a document that Fanfare does not know. */
export interface NotedField {
  name: string;
  /** The document that had it. */
  path: string;
  /** When it was noted, ms since 1970 by the store's clock. */
  at: number;
}

/** A document that was not sent. Times are ms since 1970 by the store's clock. */
export interface DocumentRefusal extends DocumentId {
  reason: string;
  /** The user document that asked, where one is named. */
  sender?: string | undefined;
  /** It was not refused but left as it was, because it is too old: it got no answer. */
  left?: true | undefined;
  at: number;
}

/** What the functions that FlutterFlow generates answered, and what Fanfare would have. */
export interface Compared {
  theirs: Answered;
  ours: CheckedDocument;
  /** Names of the document's fields that Fanfare does not know. */
  ignored: string[];
}

export interface Answered {
  status: string;
  numSent?: number | undefined;
  error?: string | undefined;
}

/** What came of checking a document: as its answer would say, with what stands behind it. */
export interface CheckedDocument extends Answered {
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
