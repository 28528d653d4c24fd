import type { AskedBy, DocumentId } from "../domain/broadcast.ts";
import type { DocumentAnswer } from "../domain/flutterflow-answers.ts";

export interface FlutterFlowDocument extends DocumentId {
  /** When it was last written, in microseconds since 1970. */
  updatedAt: number;
  /** As plain JSON: a time as ISO text in UTC with milliseconds, a reference as the document's path. */
  fields: Record<string, unknown>;
}

/** The documents by which FlutterFlow's console and apps ask for notifications. */
export interface Documents {
  get(path: string): Promise<FlutterFlowDocument | null>;

  /**
   * Writes the answer once: `left` where the document is gone, was written again under its path, or has another status
   * by now than it was taken with (`mayAnswer`), by whatever hand. Atomic with what it looks at. A second call is left;
   * so may a first be whose answer from the store was lost, though it was written.
   */
  answer(document: AskedBy, answer: DocumentAnswer): Promise<"written" | "left">;

  /** Every document whose status is not an answer, in both collections, in no order; reads all there are. */
  unanswered(): AsyncIterable<FlutterFlowDocument>;

  /**
   * Creates or replaces documents, whole, as the console and the apps do. One that exists keeps its `createdAt`; each
   * that changes has a later `updatedAt`. `scheduled_time` and `timestamp` that are ISO text become times, and a
   * `sender` that is a path a reference.
   */
  put(documents: readonly { path: string; fields: Record<string, unknown> }[]): Promise<void>;

  /** Deletes a document, as whoever wrote it may. One that is gone stays so. */
  remove(path: string): Promise<void>;
}
