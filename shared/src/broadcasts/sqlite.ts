import type { Broadcast } from "../domain/broadcast.ts";
import type { Database, SQLInputValue } from "../runtime/sqlite.ts";
import type { Broadcasts } from "./index.ts";

export function createSqliteBroadcasts({ sql, write }: Database): Broadcasts {
  const one = (id: string) => parse(sql("SELECT record FROM broadcasts WHERE id = ?").get(id));
  const many = (rest: string, ...values: SQLInputValue[]) =>
    sql(`SELECT record FROM broadcasts ${rest}`)
      .all(...values)
      .map((row) => JSON.parse(String(row.record)) as Broadcast);

  return {
    async create(broadcast) {
      return write(() => {
        const existing = one(broadcast.id);
        if (existing) return { kind: "existing", existing };
        const { id, version, phase, dueAt, owes, createdAt } = broadcast;
        sql(
          "INSERT INTO broadcasts (id, version, phase, due_at, owes, created_at, record) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ).run(id, version, phase, dueAt, owes.length, createdAt, JSON.stringify(broadcast));
        return { kind: "created" };
      });
    },
    async get(id) {
      return one(id);
    },
    async replace(next) {
      const record = { ...next, version: next.version + 1 };
      const text =
        "UPDATE broadcasts SET version = ?, phase = ?, due_at = ?, owes = ?, record = ? WHERE id = ? AND version = ?";
      const { changes } = sql(text).run(
        record.version,
        record.phase,
        record.dueAt,
        record.owes.length,
        JSON.stringify(record),
        record.id,
        next.version,
      );
      return changes === 1 ? "written" : "lost";
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
  return row ? (JSON.parse(String(row.record)) as Broadcast) : null;
}
