/**
 * How sending to one member ended. `rejected` carries the code that says why: FCM's own, or one of ours.
 * `unknown` is a member whose last attempt may or may not have reached FCM, and who is not tried again.
 */
export type Outcome = "accepted" | "expired" | "cancelled" | "unknown" | `rejected(${string})`;

export function rejected(code: string): `rejected(${string})` {
  return `rejected(${code})`;
}

/** The code of a rejection; undefined for every other outcome. */
export function codeOf(outcome: Outcome): string | undefined {
  return outcome.startsWith("rejected(") ? outcome.slice("rejected(".length, -1) : undefined;
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
