import { bootNow } from "../sqlite/boot-clock.ts";
import type { Database } from "../sqlite/database.ts";
import { KEPT_MS, type SenderRecord, type Senders } from "./index.ts";

/** All processes of a data file run on one machine: its boot clock is the store's. */
export function createSqliteSenders({ sql }: Database, now: () => number = bootNow): Senders {
  return {
    async announce(record) {
      const text = `INSERT INTO senders (id, beat, written_at, record) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET beat = excluded.beat, written_at = excluded.written_at, record = excluded.record
        WHERE excluded.beat > beat`;
      sql(text).run(record.id, record.beat, now(), JSON.stringify(record));
    },
    async look() {
      const at = now();
      const rows = sql("SELECT written_at AS writtenAt, record FROM senders").all();
      if (rows.some(({ writtenAt }) => Number(writtenAt) <= at - KEPT_MS))
        sql("DELETE FROM senders WHERE written_at <= ?").run(at - KEPT_MS);
      const senders = rows.map(({ writtenAt, record }) => ({
        ...(JSON.parse(String(record)) as SenderRecord),
        writtenAt: Number(writtenAt),
      }));
      return { at, senders: senders.filter(({ writtenAt }) => writtenAt > at - KEPT_MS) };
    },
  };
}
