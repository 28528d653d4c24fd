import type { RetryRule } from "@fanfare/shared/domain/backoff";
import { freshProgress, type Progress } from "@fanfare/shared/domain/chunk";
import { type ChunkRun, createChunkRun, type RunRules } from "../chunk-run.ts";

export const RETRY: RetryRule = { baseMs: 10_000, maxMs: 600_000, giveUpMs: 3_600_000 };

/** A run of a chunk with this progress, or of this many members that were not sent to; no wait is longer by chance. */
export function startRun(members: number | Progress, rules: Partial<RunRules> = {}): ChunkRun {
  const progress = typeof members === "number" ? freshProgress(members) : members;
  return createChunkRun(progress, { retry: RETRY, onCrash: "repeat", before: 0, random: () => 0, ...rules });
}
