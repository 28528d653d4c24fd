import { LEASE, type LeaseRule } from "../domain/lease.ts";

export interface LedgerTiming extends LeaseRule {
  /** When a range or chunk that nobody ever claimed is first hinted at again. */
  neverClaimedMs: number;
}

export const LEDGER_TIMING: LedgerTiming = { ...LEASE, neverClaimedMs: 600_000 };
