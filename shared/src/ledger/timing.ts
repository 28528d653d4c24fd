import { LEASE } from "../domain/lease.ts";
import type { LedgerTiming } from "../domain/lease-steps.ts";

export const LEDGER_TIMING: LedgerTiming = { ...LEASE, neverClaimedMs: 600_000 };

export type { LedgerTiming };
