import { type AuditEntry, submission } from "../domain/audit.ts";
import { type Broadcast, wakesAt } from "../domain/broadcast.ts";
import type { Database, SQLInputValue } from "../sqlite/database.ts";
import type { Broadcasts } from "./index.ts";
import { readRecord, writeRecord } from "./record.ts";

export function createSqliteBroadcasts({ sql, write }: Database): Broadcasts {
  const one = (id: string) => parse(sql("SELECT record FROM broadcasts WHERE id = ?").get(id));
  const many = (rest: string, ...values: SQLInputValue[]) =>
    sql(`SELECT record FROM broadcasts ${rest}`)
      .all(...values)
      .map((row) => readRecord(String(row.record)));

  const note = (id: string, version: number, entry: AuditEntry) =>
    sql("INSERT INTO audit (broadcast, version, entry) VALUES (?, ?, ?)").run(
      id,
      version,
      JSON.stringify(entry),
    );

  return {
    async create(broadcast) {
      return write(() => {
        const existing = one(broadcast.id);
        if (existing) return { kind: "existing", existing };
        const { id, version, phase, owes, createdAt } = broadcast;
        sql(
          "INSERT INTO broadcasts (id, version, phase, due_at, owes, created_at, record) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ).run(id, version, phase, wakesAt(broadcast), owes.length, createdAt, writeRecord(broadcast));
        note(id, version, submission(broadcast));
        return { kind: "created" };
      });
    },
    async get(id) {
      return one(id);
    },
    async replace(next, entry) {
      const record = { ...next, version: next.version + 1 };
      const text =
        "UPDATE broadcasts SET version = ?, phase = ?, due_at = ?, owes = ?, record = ? WHERE id = ? AND version = ?";
      return write(() => {
        const { changes } = sql(text).run(
          record.version,
          record.phase,
          wakesAt(record),
          record.owes.length,
          writeRecord(record),
          record.id,
          next.version,
        );
        if (changes === 0) return "lost";
        if (entry) note(record.id, record.version, entry);
        return "written";
      });
    },
    async audit(id) {
      return sql("SELECT entry FROM audit WHERE broadcast = ? ORDER BY version")
        .all(id)
        .map(({ entry }) => JSON.parse(String(entry)) as AuditEntry);
    },
    async due(now, limit) {
      return many("WHERE phase = 'scheduled' AND due_at <= ? ORDER BY due_at LIMIT ?", now, limit);
    },
    async owing(limit, after = "") {
      return many("WHERE owes > 0 AND id > ? ORDER BY id LIMIT ?", after, limit);
    },
    async running(limit, after = "") {
      return many("WHERE phase = 'running' AND id > ? ORDER BY id LIMIT ?", after, limit);
    },
    async list(phase, limit) {
      if (phase === undefined) return many("ORDER BY created_at DESC LIMIT ?", limit);
      return many("WHERE phase = ? ORDER BY created_at DESC LIMIT ?", phase, limit);
    },
  };
}

function parse(row: Record<string, unknown> | undefined): Broadcast | null {
  return row ? readRecord(String(row.record)) : null;
}
