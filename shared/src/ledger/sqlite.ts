import { type Books, emptyBooks, enter, enterRange } from "../domain/books.ts";
import { bootNow } from "../sqlite/boot-clock.ts";
import type { Database } from "../sqlite/database.ts";
import type { Hint, Ledger, Standing } from "./index.ts";
import { createChunks } from "./sqlite-chunks.ts";
import { createRanges } from "./sqlite-ranges.ts";
import { createRecords } from "./sqlite-records.ts";
import { createRousing } from "./sqlite-rousing.ts";
import { LEDGER_TIMING, type LedgerTiming } from "./timing.ts";

/** @param now the store's clock, which judges leases, waits and hints: the machine's own, which setting the time does not move. */
export function createSqliteLedger(
  database: Database,
  timing: LedgerTiming = LEDGER_TIMING,
  now: () => number = bootNow,
): Ledger {
  const { sql, read } = database;
  const records = createRecords(database, timing, now);
  const chunks = createChunks(database, records);
  const ranges = createRanges(database, records);
  const { noteHints, ...rousing } = createRousing(database, records);

  function hints(limit: number, lateMs: number): Hint[] {
    const due = `
      SELECT 'range' AS kind, id, hint_at FROM ranges WHERE hint_at <= ?1
      UNION ALL SELECT 'chunk', id, hint_at FROM chunks WHERE hint_at <= ?1
      ORDER BY hint_at LIMIT ?2`;
    return sql(due)
      .all(now() - lateMs, limit)
      .map(({ kind, id }) => ({ kind, id }) as Hint);
  }

  function standing(broadcast: string): Standing {
    const members = sql(`
      SELECT total(state = 'open') AS openChunks, total(members) AS resolved, total(accepted) AS accepted,
        total(rejected) AS rejected, total(expired) AS expired, total(cancelled) AS cancelled, total(unknown) AS unknown,
        total(possible_repeats) AS possibleRepeats,
        total(CASE WHEN lease_until > ? THEN members - accepted - rejected - expired - cancelled - unknown END) AS leasedMembers
      FROM chunks WHERE broadcast = ?`);
    const parts = sql(
      "SELECT count(*) AS ranges, total(state IN ('open', 'cut')) AS openRanges FROM ranges WHERE broadcast = ?",
    );
    return read(() => {
      const counts = { ...members.get(now(), broadcast), ...parts.get(broadcast) } as unknown as Omit<
        Standing,
        "open"
      >;
      const { resolved, accepted, rejected, expired, cancelled, unknown } = counts;
      return { ...counts, open: resolved - accepted - rejected - expired - cancelled - unknown };
    });
  }

  function complete(broadcast: string): boolean {
    const row = sql(`
      SELECT EXISTS (SELECT 1 FROM ranges WHERE broadcast = ?1)
        AND NOT EXISTS (SELECT 1 FROM ranges WHERE broadcast = ?1 AND state IN ('open', 'cut'))
        AND NOT EXISTS (SELECT 1 FROM chunks WHERE broadcast = ?1 AND state = 'open') AS complete`);
    return row.get(broadcast)?.complete === 1;
  }

  function books(broadcast: string): Books {
    return read(() => {
      const result = emptyBooks();
      for (const tally of chunks.tallies(broadcast)) enter(result, tally);
      for (const range of ranges.all(broadcast)) enterRange(result, range);
      return result;
    });
  }

  return {
    ...ranges.port,
    ...chunks.port,
    ...rousing,
    hints: async (limit, lateMs = 0) => hints(limit, lateMs),
    hinted: async (published) => noteHints(published),
    complete: async (broadcast) => complete(broadcast),
    standing: async (broadcast) => standing(broadcast),
    books: async (broadcast) => books(broadcast),
  };
}

export { createGates } from "./sqlite-chunks.ts";
