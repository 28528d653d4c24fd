/** The collections in which FlutterFlow asks for notifications: its console's, and its apps' own. */
export const CONSOLE_COLLECTION = "ff_push_notifications";
export const APP_COLLECTION = "ff_user_push_notifications";

/** One document of FlutterFlow's, and no other that comes to have its path later. */
export interface DocumentId {
  /** `ff_push_notifications/{id}` or `ff_user_push_notifications/{id}`. */
  path: string;
  /** When it was created, in microseconds since 1970: one that is deleted and written again is another. */
  createdAt: number;
}

export interface FlutterFlowDocument extends DocumentId {
  /** When it was last written, in microseconds since 1970. */
  updatedAt: number;
  /** As plain JSON: a time as ISO text in UTC with milliseconds, a reference as the document's path. */
  fields: Record<string, unknown>;
}

/** What is written back, and where FlutterFlow's console shows it. No other field of the document is touched. */
export interface Answer {
  status: "succeeded" | "failed";
  num_sent?: number | undefined;
  error?: string | undefined;
}

/** The documents by which FlutterFlow's console and apps ask for notifications. */
export interface Documents {
  get(path: string): Promise<FlutterFlowDocument | null>;

  /**
   * Writes the answer once: `left` where the document is gone, was written anew under its path, or has an answer
   * already (`isAnswered`), whoever wrote it. Atomic with what it looks at. A second call is left.
   */
  answer(document: DocumentId, answer: Answer): Promise<"written" | "left">;

  /** Every document without an answer, in both collections, in no order; reads all there are. */
  unanswered(): AsyncIterable<FlutterFlowDocument>;

  /**
   * Creates or replaces documents, whole, as the console and the apps do. One that exists keeps its `createdAt`; each
   * that changes has a later `updatedAt`.
   */
  put(documents: readonly { path: string; fields: Record<string, unknown> }[]): Promise<void>;
}

/** Whether the document has been dealt with, by Fanfare or by the functions that FlutterFlow generates. */
export function isAnswered(fields: Record<string, unknown>): boolean {
  return fields.status === "succeeded" || fields.status === "failed";
}
