/** FCM asks for at least 10 s before any retry of a message, growing, with jitter, and an end after 60 minutes. */
export interface RetryRule {
  baseMs: number;
  maxMs: number;
  giveUpMs: number;
}

export const FCM_RETRY: RetryRule = { baseMs: 10_000, maxMs: 600_000, giveUpMs: 3_600_000 };

/**
 * The longest wait that is believed: FCM has asked for a day (firebase-admin-go, issue 386). Then
 * one message tells whether it still holds.
 */
export const LONGEST_ASKED_MS = 300_000;

/**
 * How long to wait before attempt number `attempt + 1`: never less than the base or what FCM asked for, as far as that
 * is believed, and up to half as much again, so that members that failed together do not come back together.
 * @param random from 0 to 1
 */
export function retryDelayMs(attempt: number, rule: RetryRule, random: number, askedMs = 0): number {
  const grown = Math.min(rule.maxMs, rule.baseMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(Math.max(grown, Math.min(askedMs, LONGEST_ASKED_MS)) * (1 + random / 2));
}
