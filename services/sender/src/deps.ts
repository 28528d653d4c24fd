import type { DebtDeps } from "@fanfare/shared/broadcasts/debts";
import type { RetryRule } from "@fanfare/shared/domain/backoff";
import type { Lane } from "@fanfare/shared/domain/lane";
import type { LeaseRule } from "@fanfare/shared/domain/lease";
import type { FaultDeps } from "./answer-fault.ts";
import type { RoundDeps } from "./send-round.ts";

/** What sending a chunk works with. */
export interface SenderDeps extends DebtDeps, RoundDeps, FaultDeps {
  lease: LeaseRule;
  retry: RetryRule;
  /** How long a handler may keep a chunk, in milliseconds; what is still to be retried then is handed back. */
  budgetMs: number;
  /** Limits how many pieces of work of a lane run at once; waiting for a retry does not count. */
  active: <T>(lane: Lane, work: () => Promise<T>) => Promise<T>;
  monotonic: () => number;
  random: () => number;
}
