import type { ChunkFields } from "../domain/chunk-steps.ts";
import { broadcastOf } from "../domain/ids.ts";
import { leased, type Moment, type Step, type Written } from "../domain/lease-steps.ts";
import { writeProgress } from "../domain/progress-record.ts";
import type { Made, RangeFields } from "../domain/range-steps.ts";
import type { Database, SQLInputValue } from "../sqlite/database.ts";
import type { LedgerTiming } from "./timing.ts";

type Table = "ranges" | "chunks";
export type Row = Record<string, SQLInputValue>;
type Fields = Partial<RangeFields & ChunkFields>;
type Decided<T> = Step<T, Fields> & { makes?: Partial<Made> };

/** What of a record is read for a step, and how the step sees it. */
export interface View<Stored> {
  table: Table;
  /** Under the names that steps know. */
  columns: string;
  show(row: Row): Stored;
}

export const LEASE = "epoch, lease_until AS leaseUntil";

export type Records = ReturnType<typeof createRecords>;

/** Reads records for steps, and writes what these decide. `now` is the store's clock. */
export function createRecords({ sql, write }: Database, timing: LedgerTiming, now: () => number) {
  const at = (): Moment => ({ now: now(), ...timing });

  /** Writes fields where the condition holds, and returns how many records that were. */
  function update(table: Table, fields: Fields, where: string, ...values: SQLInputValue[]): number {
    const columns = columnsOf(fields);
    const assignments = Object.keys(columns).map((column) => `${column} = ?`);
    const text = `UPDATE ${table} SET ${assignments.join(", ")} WHERE ${where}`;
    return Number(sql(text).run(...Object.values(columns), ...values).changes);
  }

  function insert({ ranges = [], chunks = [] }: Partial<Made>): void {
    const range = sql("INSERT INTO ranges (id, broadcast, state, hint_at, record) VALUES (?, ?, ?, ?, ?)");
    for (const { range: one, hintAt } of ranges)
      range.run(one.id, broadcastOf(one.id), one.state, hintAt, JSON.stringify(one));
    const chunk = sql(
      "INSERT INTO chunks (id, broadcast, state, hint_at, members) VALUES (?, ?, 'open', ?, ?)",
    );
    const list = sql("INSERT INTO chunk_members (chunk, members) VALUES (?, ?)");
    for (const { id, members, hintAt } of chunks) {
      chunk.run(id, broadcastOf(id), hintAt, members.length);
      list.run(id, JSON.stringify(members));
    }
  }

  /** Writes what a step decided, inside the caller's transaction. */
  function apply<T>(table: Table, id: string, { answer, write: fields, makes }: Decided<T>): T {
    if (fields) update(table, fields, "id = ?", id);
    if (makes) insert(makes);
    return answer;
  }

  /** Takes a step on one record, inside the caller's transaction. */
  function take<Stored, T>(
    { table, columns, show }: View<Stored>,
    id: string,
    step: (stored: Stored | null, at: Moment) => Decided<T>,
  ): T {
    const row = sql(`SELECT ${columns} FROM ${table} WHERE id = ?`).get(id);
    return apply(table, id, step(row ? show(row as Row) : null, at()));
  }

  return {
    at,
    update,
    insert,
    apply,
    take,
    async decide<Stored, T>(
      view: View<Stored>,
      id: string,
      step: (stored: Stored | null, at: Moment) => Decided<T>,
    ): Promise<T> {
      return write(() => take(view, id, step));
    },
    /** The step `renew` in one statement, as holders take it all the time. The condition is that of `holds`. */
    async renew(table: Table, id: string, epoch: number): Promise<Written> {
      const held = "id = ? AND epoch = ? AND lease_until IS NOT NULL";
      return update(table, leased(at()), held, id, epoch) === 1 ? "done" : "fenced";
    },
  };
}

/** Fields as columns, of which some are text: `leaseUntil` is kept as `lease_until`. */
function columnsOf({ range, progress, ...fields }: Fields): Row {
  const columns: Row = {};
  for (const [name, value] of Object.entries(fields)) {
    const column = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    columns[column] = typeof value === "boolean" ? Number(value) : value;
  }
  if (range) Object.assign(columns, { state: range.state, record: JSON.stringify(range) });
  if (progress) columns.progress = writeProgress(progress);
  return columns;
}
