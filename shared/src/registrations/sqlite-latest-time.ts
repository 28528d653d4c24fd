import type { Database } from "../runtime/sqlite.ts";

/**
 * When a registration is written: now, and always after the latest release. Pruning leaves alone what was written after
 * its broadcast's release. Had the clock been ahead at the release and set right since, a registration that is refreshed
 * now would be dated before it, and deleted. To be called within the transaction that writes.
 */
export function latestTime({ sql }: Database, now: () => number): () => number {
  return () => {
    const latest = sql("SELECT max(released_at) AS at FROM broadcasts WHERE released_at IS NOT NULL").get()
      ?.at;
    return Math.max(now(), Number(latest ?? 0) + 1);
  };
}
