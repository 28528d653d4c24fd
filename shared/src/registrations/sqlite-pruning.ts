import { tombstoneId } from "../domain/ids.ts";
import type { Database } from "../sqlite/database.ts";
import type { PruneOrder, Registrations, Restored } from "./index.ts";
import type { StoredTypes } from "./sqlite-types.ts";

/** Addresses whose documents come back in one transaction: each holds up whoever else writes. */
const RESTORED_AT_ONCE = 1_000;

/** Deletes registrations with dead addresses, each with a tombstone from which it can be brought back. */
export function createPruning(
  { sql, write }: Database,
  now: () => number,
  stamp: () => number,
  types: Pick<StoredTypes, "note">,
): Pick<Registrations, "prune" | "countPruned" | "restore"> {
  function prune({ broadcast, notSince, dead }: PruneOrder): void {
    const remove = sql(
      "DELETE FROM registrations WHERE address = ? AND kind = ? AND updated_at <= ? RETURNING *",
    );
    // A document that came back under its path and was pruned again is still one, and its last state is the one to keep.
    const remember = sql(
      "INSERT OR REPLACE INTO tombstones (id, broadcast, code, pruned_at, path, document) VALUES (?, ?, ?, ?, ?, ?)",
    );
    write(() => {
      for (const { address, kind, code } of dead) {
        for (const document of remove.all(address, kind, notSince)) {
          const path = String(document.path);
          remember.run(tombstoneId(broadcast, path), broadcast, code, now(), path, JSON.stringify(document));
        }
      }
    });
  }

  /** All documents of an address come back together: the first is not to look as if it were registered again. */
  async function* restore(broadcast: string): AsyncGenerator<Restored> {
    const next = sql(`
      SELECT DISTINCT document ->> 'address' AS address FROM tombstones
      WHERE broadcast = ? AND document ->> 'address' > ? ORDER BY address LIMIT ${RESTORED_AT_ONCE}`);
    for (let last = ""; ; ) {
      const addresses = next.all(broadcast, last).map(({ address }) => String(address));
      const end = addresses.at(-1);
      if (end === undefined) return;
      yield write(() => restoreSpan(broadcast, last, end));
      last = end;
    }
  }

  function restoreSpan(broadcast: string, after: string, upTo: string): Restored {
    const buried = sql(`
      SELECT id, document, document ->> 'device_type' AS type, EXISTS (
        SELECT 1 FROM registrations AS live WHERE live.address = document ->> 'address' AND live.kind = document ->> 'kind'
      ) AS again
      FROM tombstones WHERE broadcast = ? AND document ->> 'address' > ? AND document ->> 'address' <= ?`);
    const bringBack = sql(`
      INSERT INTO registrations (path, owner, address, kind, device_type, created_at, updated_at)
      SELECT ?1 ->> 'path', ?1 ->> 'owner', ?1 ->> 'address', ?1 ->> 'kind', ?1 ->> 'device_type', ?1 ->> 'created_at', ?2
      WHERE true ON CONFLICT (path) DO NOTHING`);
    const forget = sql("DELETE FROM tombstones WHERE id = ?");
    const counts = { restored: 0, registeredAgain: 0, userGone: 0 };
    for (const { id, document, type, again } of buried.all(broadcast, after, upTo)) {
      const isBack = again === 0 && bringBack.run(String(document), stamp()).changes === 1;
      if (isBack) {
        types.note([String(type)]);
        forget.run(String(id));
      }
      counts[isBack ? "restored" : "registeredAgain"] += 1;
    }
    return counts;
  }

  return {
    async prune(order) {
      prune(order);
    },
    async countPruned(broadcast) {
      return Number(sql("SELECT count(*) AS n FROM tombstones WHERE broadcast = ?").get(broadcast)?.n);
    },
    restore,
  };
}
