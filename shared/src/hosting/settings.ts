import { z } from "zod";
import { LONGEST_MS } from "../domain/phases.ts";

/** The settings that every service has wherever it runs, as environment variables. */
export const commonSettings = {
  /** The collection of the user documents. */
  FANFARE_USERS_COLLECTION: z.string().min(1).default("users"),
  /** The collections below user documents that hold registrations. */
  FANFARE_TOKENS_COLLECTION: z.string().min(1).default("fcm_tokens"),
  /** How long a claim lasts before others may take over the work of a process that died. */
  FANFARE_LEASE_SECONDS: z.coerce.number().min(1).max(300).default(30),
  /** When a chunk or range that nobody ever claimed is published again. */
  FANFARE_NEVER_CLAIMED_SECONDS: z.coerce.number().min(1).default(600),
  /** How long a broadcast may show no progress before it is driven on and reported. */
  FANFARE_STUCK_SECONDS: z.coerce.number().min(1).default(600),
  /** The least severe lines that are logged. */
  FANFARE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("warn"),
};

const settings = z.object(commonSettings);
export type CommonSettings = z.infer<typeof settings>;

/** The ledger's times, in milliseconds. */
export function timingOf(config: CommonSettings): { leaseMs: number; neverClaimedMs: number } {
  return {
    leaseMs: config.FANFARE_LEASE_SECONDS * 1000,
    neverClaimedMs: config.FANFARE_NEVER_CLAIMED_SECONDS * 1000,
  };
}

/** Where records expire. */
interface Retention {
  FANFARE_RETENTION_DAYS?: number;
}

/** How long a broadcast may be at work, in milliseconds: its first outcomes must not expire before it is over. */
export function longestMsOf({ FANFARE_RETENTION_DAYS: days }: CommonSettings & Retention): number {
  return days === undefined ? LONGEST_MS : Math.min(LONGEST_MS, (days * 86_400_000) / 2);
}
