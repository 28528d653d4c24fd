import { deadLetterId } from "../domain/ids.ts";
import type { Database } from "../runtime/sqlite.ts";
import { type DeadLetter, type Health, isFresh } from "./index.ts";

/** Letters are kept for so long: nobody else removes them from a data file. */
const KEPT_MS = 30 * 86_400_000;

/** All processes of a data file run on one machine: its clock is the store's. */
export function createSqliteHealth({ sql, write }: Database, now: () => number = Date.now): Health {
  function lastTick(): number | null {
    const row = sql("SELECT at FROM health WHERE name = 'tick'").get();
    return row ? Number(row.at) : null;
  }

  return {
    async noteTick() {
      const last = lastTick();
      // Looked at first, since even a write that changes nothing waits for the file's one write lock.
      if (last !== null && isFresh(last, now())) return;
      sql("INSERT INTO health (name, at) VALUES ('tick', ?) ON CONFLICT DO UPDATE SET at = excluded.at").run(
        now(),
      );
    },
    lastTick: async () => lastTick(),
    async noteDeadLetter(letter) {
      const at = now();
      const id = deadLetterId(letter.subscription, letter.messageId);
      write(() => {
        sql("DELETE FROM dead_letters WHERE at <= ?").run(at - KEPT_MS);
        const record = JSON.stringify({ ...letter, at });
        sql("INSERT OR IGNORE INTO dead_letters (id, at, record) VALUES (?, ?, ?)").run(id, at, record);
      });
    },
    async deadLetters(limit) {
      return sql("SELECT record FROM dead_letters ORDER BY at DESC LIMIT ?")
        .all(limit)
        .map(({ record }) => JSON.parse(String(record)) as DeadLetter);
    },
  };
}
