import { isFreeAt, putOff, type StoredWork, wake, workOf } from "../domain/hint-steps.ts";
import type { HintTimes, StoredLease } from "../domain/lease-steps.ts";
import type { Database } from "../sqlite/database.ts";
import type { Hint, RousePort } from "./index.ts";
import { LEASE, type Records, type Row, type View } from "./sqlite-records.ts";

type Kind = Hint["kind"];
type Found = StoredWork & { id: string };

const COLUMNS = `${LEASE}, hint_at AS hintAt, hints`;
const show = (row: Row) => ({ ...row, parked: row.parked === 1 }) as unknown as Found;
const WORK: Record<Kind, View<Found>> = {
  range: { table: "ranges", columns: `id, state, ${COLUMNS}, 0 AS notBefore, 0 AS parked`, show },
  chunk: { table: "chunks", columns: `id, state, ${COLUMNS}, not_before AS notBefore, parked`, show },
};

export function createRousing(
  { sql, read, write }: Database,
  records: Records,
): RousePort & { noteHints(published: readonly Hint[]): void } {
  /** The open work of a kind in the order of ids. With the limit -1, all of it. */
  function* openOf(kind: Kind, broadcast: string, limit = -1): Generator<Found> {
    const { table, columns } = WORK[kind];
    const text = `SELECT ${columns} FROM ${table} WHERE broadcast = ? AND state IN ('open', 'cut') ORDER BY id LIMIT ?`;
    for (const row of sql(text).iterate(broadcast, limit)) yield show(row as Row);
  }

  function rouse(kind: Kind, broadcast: string, limit: number): void {
    const at = records.at();
    const free = openOf(kind, broadcast).filter((found) => isFreeAt(found, at.now));
    // Read to the end first: what is written would change what is read.
    for (const found of [...free.take(limit)]) records.apply(WORK[kind].table, found.id, wake(found, at));
  }

  return {
    async rouse(broadcast, limit = Number.POSITIVE_INFINITY) {
      write(() => {
        rouse("range", broadcast, limit);
        rouse("chunk", broadcast, limit);
      });
    },
    async openWork(broadcast, limit) {
      const { now } = records.at();
      const look = (kind: Kind) => openOf(kind, broadcast, limit).map((found) => workOf(kind, found, now));
      return read(() => [...look("range"), ...look("chunk")]);
    },
    noteHints(published) {
      write(() => {
        for (const { kind, id } of published)
          records.take<StoredLease & HintTimes, void>(WORK[kind], id, putOff);
      });
    },
  };
}
