/**
 * How long a claim lasts. A taker judges its end by the store's clock, a holder by its own monotonic clock from
 * before it claimed, and it starts no request in the last third: clocks may differ by that much.
 */
export interface LeaseRule {
  leaseMs: number;
}

export const LEASE: LeaseRule = { leaseMs: 30_000 };

export function renewEveryMs(rule: LeaseRule): number {
  return Math.floor(rule.leaseMs / 3);
}

/** Whether a holder whose lease was last won or renewed at `since` may still start a request at `now` (monotonic ms). */
export function mayStart(rule: LeaseRule, since: number, now: number): boolean {
  return now - since < (rule.leaseMs * 2) / 3;
}
