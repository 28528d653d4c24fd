/** Absent, null and empty are the same to all of FlutterFlow's writers. */
export function isUnset(value: unknown): value is undefined | null | "" {
  return value === undefined || value === null || value === "";
}

/**
 * Whether a document with this status asks to be sent. FlutterFlow's own functions send only what has none, or has the
 * one that its console writes: apps and people call a document off, or keep it back, by any other.
 * @param more others that are open, by a setting
 */
export function isOpen(status: unknown, more: ReadonlySet<string> = new Set()): boolean {
  return isUnset(status) || status === "started" || (typeof status === "string" && more.has(status));
}

/** Whether a status is an answer, of ours or of the functions that FlutterFlow generates. */
export function isAnswer(status: unknown): boolean {
  return status === "succeeded" || status === "failed";
}

/** Whether a status stops what is being sent. Any other may be the app's own, such as `read`. */
export function isCalledOff(status: unknown): boolean {
  return status === "cancelled" || status === "canceled";
}

/**
 * Whether an answer may be written over a status: not over one that came after the document was taken.
 * @param taken the status that it was taken with, where that is open by a setting only
 */
export function mayAnswer(status: unknown, taken: string | undefined): boolean {
  return taken === undefined ? isOpen(status) : status === taken;
}
