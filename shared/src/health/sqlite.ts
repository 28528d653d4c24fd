import { deadLetterId } from "../domain/ids.ts";
import { bootNow } from "../sqlite/boot-clock.ts";
import type { Database } from "../sqlite/database.ts";
import { type DeadLetter, type Health, isFresh, type NotedStep } from "./index.ts";

/** What is noted for people is kept for so long: nobody else removes it from a data file. */
const KEPT_MS = 30 * 86_400_000;

/**
 * All processes of a data file run on one machine: its clocks are the store's.
 * @param now the boot clock, by which the last tick's age is told
 * @param wallNow the wall clock, by which people read when something was noted
 */
export function createSqliteHealth(
  { sql, write }: Database,
  now: () => number = bootNow,
  wallNow: () => number = Date.now,
): Health {
  function sinceTick(): number | null {
    const row = sql("SELECT at FROM health WHERE name = 'tick'").get();
    return row ? now() - Number(row.at) : null;
  }

  return {
    async noteTick() {
      const ageMs = sinceTick();
      // Looked at first, since even a write that changes nothing waits for the file's one write lock.
      if (ageMs !== null && isFresh(ageMs)) return;
      sql("INSERT INTO health (name, at) VALUES ('tick', ?) ON CONFLICT DO UPDATE SET at = excluded.at").run(
        now(),
      );
    },
    sinceTick: async () => sinceTick(),
    async noteDeadLetter(letter) {
      const at = wallNow();
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
    async noteClockStep({ service, stepMs }) {
      const at = wallNow();
      const record = JSON.stringify({ service, stepMs, at });
      write(() => {
        sql("DELETE FROM clock_steps WHERE at <= ?").run(at - KEPT_MS);
        sql("INSERT INTO clock_steps (at, record) VALUES (?, ?)").run(at, record);
      });
    },
    async clockSteps(limit) {
      // In the order in which they came: their times are those of a clock that steps.
      return sql("SELECT record FROM clock_steps ORDER BY id DESC LIMIT ?")
        .all(limit)
        .map(({ record }) => JSON.parse(String(record)) as NotedStep);
    },
  };
}
