import { type LeaseRule, mayStart, notAfter, renewEveryMs } from "../domain/lease.ts";
import type { Written } from "../ledger/index.ts";
import type { Log } from "./log.ts";

/** A lease that is kept while its holder works. */
export interface Lease {
  /**
   * Whether the lease surely lasts long enough to start one more request. Once it has passed it does not, renewed or
   * not, until it was made sure of: others took the holder for dead meanwhile, and it has to look around first.
   */
  mayStart(): boolean;
  /**
   * The time from which nothing may be written that was started under the lease, by the holder's clock. It moves on
   * with each renewal, so it is asked at the moment of writing. Always past where `mayStart` is false for good.
   */
  notAfter(): number;
  /** Makes sure of it, by renewing if need be; false where somebody else has the work now. */
  secure(): Promise<boolean>;
  /** True about once a second: time to look at what may have changed. */
  dueForALook(): boolean;
  end(): void;
}

const LOOK_EVERY_MS = 1_000;

/**
 * @param since the holder's clock before it claimed: the lease began no earlier
 * @param deps.monotonic elapsed milliseconds, by which the holder judges its lease
 */
export function holdLease(
  renew: () => Promise<Written>,
  since: number,
  deps: { lease: LeaseRule; monotonic: () => number; log: Log },
): Lease {
  const { lease, monotonic, log } = deps;
  let heldSince = since;
  let lost = false;
  let lapsed = false;
  let lookedAt = since;

  async function renewNow(): Promise<void> {
    const before = monotonic();
    const written = await renew();
    // Judged by when the answer came: a renewal that was asked for in time may have come after the lease had passed.
    if (monotonic() - heldSince >= lease.leaseMs) lapsed = true;
    if (written === "done") heldSince = before;
    else lost = true;
  }

  // A failed renewal is no verdict: the lease simply grows old, and a holder with an old lease starts nothing.
  const timer = setInterval(() => {
    renewNow().catch((error: unknown) => log.warn({ error: String(error) }, "lease could not be renewed"));
  }, renewEveryMs(lease));

  return {
    mayStart: () => !lost && !lapsed && mayStart(lease, heldSince, monotonic()),
    notAfter: () => (lost || lapsed ? Number.NEGATIVE_INFINITY : notAfter(lease, heldSince)),
    async secure() {
      if (!lost && !mayStart(lease, heldSince, monotonic())) await renewNow();
      lapsed = false;
      return !lost;
    },
    dueForALook() {
      if (monotonic() - lookedAt < LOOK_EVERY_MS) return false;
      lookedAt = monotonic();
      return true;
    },
    end: () => clearInterval(timer),
  };
}
