/** FCM refused the member's message: `code` says why, in FCM's word or one of ours. */
export interface Rejection {
  readonly kind: "rejected";
  readonly code: string;
}

/**
 * How sending to one member ended. `unknown` is a member whose last attempt may or may not have reached FCM, and who is
 * not tried again.
 */
export type Outcome = "accepted" | "expired" | "cancelled" | "unknown" | Rejection;

/** There are some ten codes. Beyond this many each rejection is a value of its own, which nothing depends on. */
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, Rejection>();

/** A rejection with this code. Members that got the same code share one value, so that a chunk stays small. */
export function rejected(code: string): Rejection {
  const known = remembered.get(code);
  if (known) return known;
  const made: Rejection = Object.freeze({ kind: "rejected", code });
  if (remembered.size < MAX_REMEMBERED) remembered.set(code, made);
  return made;
}

/** The code of a rejection; undefined for every other outcome. */
export function codeOf(outcome: Outcome): string | undefined {
  return typeof outcome === "string" ? undefined : outcome.code;
}

const REJECTED = /^rejected\((.*)\)$/s;

/** An outcome as records, and texts for people, say it: its word, or `rejected(CODE)`. */
export function outcomeText(outcome: Outcome): string {
  return typeof outcome === "string" ? outcome : `rejected(${outcome.code})`;
}

/** The outcome that `outcomeText` made a text of. */
export function readOutcome(text: string): Outcome {
  const [, code] = REJECTED.exec(text) ?? [];
  return code === undefined ? (text as Exclude<Outcome, Rejection>) : rejected(code);
}

/**
 * Codes by which FCM says that the address itself is dead: gone (UNREGISTERED), or no address at all
 * (INVALID_ARGUMENT, recorded only where FCM blamed the address; a payload at fault rejects nobody).
 * SENDER_ID_MISMATCH is not among them: the address lives, in another project, so the fault may be ours.
 */
export const DEAD_CODES: ReadonlySet<string> = new Set(["UNREGISTERED", "INVALID_ARGUMENT"]);

/** Whether a message may be on the member's phone, so that a correction has something to put right there. */
export function isSeen(outcome: Outcome): boolean {
  return outcome === "accepted" || outcome === "unknown";
}

/**
 * Whether sending again may get through, and to nobody twice. UNDELIVERED is a fault of ours that is over;
 * THIRD_PARTY_AUTH_ERROR passes when the APNs key is mended; `expired` was too late for its time to live, which begins
 * anew. A dead or foreign address stays what it is, `cancelled` is what somebody wanted, and `unknown` may be on the phone.
 */
export function isRetryable(outcome: Outcome): boolean {
  return outcome === "expired" || PASSING_CODES.has(codeOf(outcome) ?? "");
}

/**
 * Our own codes for members whom FCM refused for what may be wrong with all messages, while it accepted others. The
 * address may live: it is never pruned for that, and to try again would be the same again.
 */
export const CONTENT_REFUSED = "CONTENT_REFUSED";
export const CREDENTIAL_REFUSED = "CREDENTIAL_REFUSED";

/** Our own code for members that were never sent to because their chunk's messages kept failing. */
export const UNDELIVERED = "UNDELIVERED";

const PASSING_CODES: ReadonlySet<string> = new Set([UNDELIVERED, "THIRD_PARTY_AUTH_ERROR"]);
