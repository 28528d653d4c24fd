import type { Broadcast } from "@fanfare/shared/domain/broadcast";

/** What became of a document when it was looked at. */
export type Taken =
  | { kind: "sent"; broadcast: Broadcast }
  /** Its batch lacks others. */
  | { kind: "waiting" }
  | { kind: "refused"; reason: string }
  | { kind: "nobody" }
  /** It has an answer, from us or from the functions that FlutterFlow generates. */
  | { kind: "answered" }
  /** It does not ask to be sent, and stays as it is. */
  | { kind: "left"; reason: string }
  | { kind: "gone" };
