import { documentKey } from "../domain/ids.ts";
import type { Database } from "../sqlite/database.ts";
import type { Batch, BatchMember, Intake } from "./index.ts";

/** Which documents are in which batch. Everything of a batch is forgotten `keptMs` after it was last joined. */
export function createBatches(
  { sql, read: onSnapshot, write }: Database,
  now: () => number,
  keptMs: number,
): Pick<Intake, "join" | "batchOf" | "waiting" | "giveUp" | "close"> {
  function read(key: string): Batch {
    const row = sql("SELECT key, print, size, state, joined_at AS joinedAt FROM batches WHERE key = ?").get(
      key,
    );
    const documents = sql("SELECT place, path, created_at FROM batched WHERE batch = ?")
      .all(key)
      .map(({ place, path, created_at }) => [place, { path, createdAt: created_at }]);
    return { ...row, documents: Object.fromEntries(documents) } as unknown as Batch;
  }

  function find(document: string): Batch | null {
    const row = sql("SELECT batch FROM batched WHERE document = ?").get(document);
    return row ? read(String(row.batch)) : null;
  }

  function forget(before: number): void {
    sql("DELETE FROM batched WHERE batch IN (SELECT key FROM batches WHERE joined_at <= ?)").run(before);
    sql("DELETE FROM batches WHERE joined_at <= ?").run(before);
  }

  /** The key of the batch that waits for this index, the oldest where there are several. */
  function openFor({ print, index, size }: BatchMember): string | undefined {
    const text = `SELECT key FROM batches WHERE print = ? AND size = ? AND state = 'waiting'
      AND NOT EXISTS (SELECT 1 FROM batched WHERE batch = batches.key AND place = ?) ORDER BY rowid LIMIT 1`;
    return sql(text).get(print, size, index)?.key as string | undefined;
  }

  function add(member: BatchMember): Batch {
    const { print, index, size, document } = member;
    const [own, at] = [documentKey(document), now()];
    forget(at - keptMs);
    const key = openFor(member) ?? own;
    const opening = `INSERT OR IGNORE INTO batches (key, print, size, state, joined_at) VALUES (?, ?, ?, 'waiting', ?)`;
    sql(opening).run(key, print, size, at);
    const joining = "INSERT INTO batched (document, batch, place, path, created_at) VALUES (?, ?, ?, ?, ?)";
    sql(joining).run(own, key, index, document.path, document.createdAt);
    sql("UPDATE batches SET joined_at = ? WHERE key = ?").run(at, key);
    const completing = `UPDATE batches SET state = 'complete', open = 0
      WHERE key = ? AND size = (SELECT count(*) FROM batched WHERE batch = batches.key)`;
    sql(completing).run(key);
    return read(key);
  }

  /** A batch that was joined by a clock that was ahead waits as long as any, from now on. */
  function writeBackTimes(): void {
    const time = now();
    if (sql("SELECT 1 FROM batches WHERE open = 1 AND joined_at > ? LIMIT 1").get(time))
      sql("UPDATE batches SET joined_at = ? WHERE open = 1 AND joined_at > ?").run(time, time);
  }

  return {
    join: async (member) => write(() => find(documentKey(member.document)) ?? add(member)),
    batchOf: async (document) => onSnapshot(() => find(documentKey(document))),
    async waiting(before, limit) {
      writeBackTimes();
      const text = "SELECT key FROM batches WHERE open = 1 AND joined_at <= ? ORDER BY joined_at LIMIT ?";
      return onSnapshot(() =>
        sql(text)
          .all(before, limit)
          .map(({ key }) => read(String(key))),
      );
    },
    async giveUp(key) {
      const text = "UPDATE batches SET state = 'given-up' WHERE key = ? AND state = 'waiting'";
      sql(text).run(key);
      const row = sql("SELECT state FROM batches WHERE key = ?").get(key);
      return row?.state === "complete" ? "complete" : "given-up";
    },
    async close(key) {
      sql("UPDATE batches SET open = 0 WHERE key = ? AND state = 'given-up'").run(key);
    },
  };
}
