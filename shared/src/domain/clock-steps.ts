import type { Broadcast } from "./broadcast.ts";
import { PRUNING_HINT_MS } from "./phases.ts";

/**
 * What a clock that was ahead has written, once it was set right: times that lie further ahead than the longest setting
 * allows. Waited for, they hold things up for as long as the clock was ahead; taken as passed, they end what has its
 * time still before it. So they are written back, once, as now and the longest that they may lie ahead. Where the
 * store's own time is asked there are none. A schedule and a deadline may lie as far ahead as their caller said.
 */
export function writtenBack(broadcast: Broadcast, now: number, longestMs: number): Broadcast | null {
  const { endsAt, standstill, pruning } = broadcast;
  const endsBy = atMost(endsAt, now + longestMs);
  const hintBy = atMost(pruning.hintAt, now + PRUNING_HINT_MS);
  const [at, lookedAt] = [atMost(standstill?.at, now), atMost(standstill?.lookedAt, now)];
  const next: Broadcast = {
    ...broadcast,
    ...(endsBy !== undefined && { endsAt: endsBy }),
    ...(hintBy !== undefined && { pruning: { ...pruning, hintAt: hintBy } }),
    ...(standstill &&
      at !== undefined &&
      lookedAt !== undefined && { standstill: { ...standstill, at, lookedAt } }),
  };
  const isAsItWas = endsBy === endsAt && hintBy === pruning.hintAt && lookedAt === standstill?.lookedAt;
  return isAsItWas && at === standstill?.at ? null : next;
}

function atMost(time: number | undefined, latest: number): number | undefined {
  return time === undefined ? undefined : Math.min(time, latest);
}

/**
 * Whether something happened within the last `ms`. What lies as far ahead or further was written by a clock that was
 * ahead, and did not only just happen; what lies less ahead is soon past.
 */
export function isRecent(at: number, now: number, ms: number): boolean {
  return Math.abs(now - at) < ms;
}
