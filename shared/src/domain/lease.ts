/**
 * How long a claim lasts. A taker judges its end by the store's clock, a holder by its own elapsed time from before it
 * claimed, and it starts no request in the last third: clocks may differ by that much.
 */
export interface LeaseRule {
  leaseMs: number;
}

export const LEASE: LeaseRule = { leaseMs: 30_000 };

export function renewEveryMs(rule: LeaseRule): number {
  return Math.floor(rule.leaseMs / 3);
}

/** Whether a holder whose lease was last won or renewed at `since` may still start a request at `now` (elapsed ms). */
export function mayStart(rule: LeaseRule, since: number, now: number): boolean {
  return now - since < (rule.leaseMs * 2) / 3;
}

/**
 * How long a request that was started may wait inside its process for an access token and a connection, in ms: 8 s of
 * the usual 30. Longer than the longest wait between two tries to connect, and within the last third of the lease.
 */
export function mostWaitMs(rule: LeaseRule): number {
  return Math.max(1, Math.floor((rule.leaseMs * 4) / 15));
}

/** The time from which a request under a lease last won or renewed at `since` may not be written any more. */
export function notAfter(rule: LeaseRule, since: number): number {
  return since + (rule.leaseMs * 2) / 3 + mostWaitMs(rule);
}
