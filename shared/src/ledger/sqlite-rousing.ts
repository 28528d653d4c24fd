import type { OpenWork } from "../domain/standstill.ts";
import type { Database } from "../sqlite/database.ts";
import type { RousePort } from "./index.ts";

/** Open ranges and chunks of the broadcast ?1, by table, and what they tell beside their lease. */
const OPEN = {
  ranges: "broadcast = ?1 AND state IN ('open', 'cut')",
  chunks: "broadcast = ?1 AND state = 'open'",
};
const FREE = {
  ranges: `${OPEN.ranges} AND (lease_until IS NULL OR lease_until <= ?2)`,
  chunks: `${OPEN.chunks} AND (lease_until IS NULL OR lease_until <= ?2) AND parked = 0 AND not_before <= ?2`,
};

const OPEN_WORK = `
SELECT * FROM (
  SELECT 'range' AS kind, epoch > 0 AS claimed, lease_until - ?3 AS leaseLeftMs, 0 AS waitMs, 0 AS parked
  FROM ranges WHERE ${OPEN.ranges} ORDER BY id LIMIT ?2)
UNION ALL SELECT * FROM (
  SELECT 'chunk', epoch > 0, lease_until - ?3, max(not_before - ?3, 0), parked
  FROM chunks WHERE ${OPEN.chunks} ORDER BY id LIMIT ?2)`;

export function createRousing({ sql, write }: Database, now: () => number): RousePort {
  const rouse = (table: keyof typeof FREE) =>
    sql(`
    UPDATE ${table} SET hint_at = min(coalesce(hint_at, ?2), ?2), hints = 0
    WHERE id IN (SELECT id FROM ${table} WHERE ${FREE[table]} ORDER BY id LIMIT ?3)`);

  return {
    async rouse(broadcast, limit = Number.MAX_SAFE_INTEGER) {
      const time = now();
      write(() => {
        rouse("ranges").run(broadcast, time, limit);
        rouse("chunks").run(broadcast, time, limit);
      });
    },
    async openWork(broadcast, limit) {
      const rows = sql(OPEN_WORK).all(broadcast, limit, now());
      return rows.map(
        ({ claimed, parked, ...row }) =>
          ({ ...row, claimed: claimed === 1, parked: parked === 1 }) as unknown as OpenWork,
      );
    },
  };
}
