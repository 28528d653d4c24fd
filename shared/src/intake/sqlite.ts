import { documentKey } from "../domain/ids.ts";
import type { Database } from "../sqlite/database.ts";
import { countAsked } from "./allowed.ts";
import type { Comparison, DocumentRefusal, Intake } from "./index.ts";
import { boundNames } from "./noted-fields.ts";
import { createBatches } from "./sqlite-batches.ts";
import { createFields } from "./sqlite-fields.ts";

/** Everything is kept for so long: nobody else removes it from a data file. */
const KEPT_MS = 30 * 86_400_000;

/** All processes of a data file run on one machine: its clock is the store's. */
export function createSqliteIntake(database: Database, now: () => number = Date.now): Intake {
  const { sql, write } = database;

  function admit(sender: string, document: string, most: number, since: number): boolean {
    const time = now();
    sql("DELETE FROM asked WHERE at <= ?").run(Math.min(since, time - KEPT_MS));
    // Written by a clock that was ahead: they count for as long as any, and no longer.
    sql("UPDATE asked SET at = ? WHERE sender = ? AND at > ?").run(time, sender, time);
    const text = "SELECT admitted FROM asked WHERE sender = ? AND document = ? AND at > ?";
    const known = sql(text).get(sender, document, since);
    if (known) return known.admitted === 1;
    const counting = "SELECT count(*) AS n FROM asked WHERE sender = ? AND admitted = 1 AND at > ?";
    const admitted = Number(sql(counting).get(sender, since)?.n) < most;
    sql("INSERT OR REPLACE INTO asked (sender, document, at, admitted) VALUES (?, ?, ?, ?)").run(
      sender,
      document,
      time,
      admitted ? 1 : 0,
    );
    return admitted;
  }

  const latest = (table: "refusals" | "comparisons", limit: number) =>
    sql(`SELECT record FROM ${table} ORDER BY at DESC LIMIT ?`)
      .all(limit)
      .map(({ record }) => JSON.parse(String(record)));

  return {
    ...createBatches(database, now, KEPT_MS),
    ...createFields(database, now),
    admit: async (sender, document, { most, withinMs }) =>
      write(() => (admit(sender, documentKey(document), most, now() - withinMs) ? "admitted" : "refused")),
    async asked(sender, withinMs) {
      const rows = sql("SELECT admitted FROM asked WHERE sender = ? AND at > ?").all(
        sender,
        now() - withinMs,
      );
      return countAsked(rows.map(({ admitted }) => ({ admitted: admitted === 1 })));
    },
    async noteRefusal(refusal) {
      const at = now();
      write(() => {
        sql("DELETE FROM refusals WHERE at <= ?").run(at - KEPT_MS);
        const record = JSON.stringify({ ...refusal, at });
        const text = "INSERT OR IGNORE INTO refusals (document, at, record) VALUES (?, ?, ?)";
        sql(text).run(documentKey(refusal), at, record);
      });
    },
    refusals: async (limit) => latest("refusals", limit) as DocumentRefusal[],
    async noteComparison({ path, createdAt }, { ignored, ...part }) {
      const [key, at] = [documentKey({ path, createdAt }), now()];
      write(() => {
        sql("DELETE FROM comparisons WHERE at <= ?").run(at - KEPT_MS);
        const known = sql("SELECT record FROM comparisons WHERE document = ?").get(key)?.record;
        // A part that is not given is no entry of the text, and leaves the one that is known.
        const given = JSON.parse(JSON.stringify({ ...part, ignored: ignored && boundNames(ignored) }));
        const record = { ...JSON.parse(String(known ?? "{}")), path, createdAt, ...given, at };
        const text = "INSERT OR REPLACE INTO comparisons (document, at, record) VALUES (?, ?, ?)";
        sql(text).run(key, at, JSON.stringify(record));
      });
    },
    comparisons: async (limit) => latest("comparisons", limit) as Comparison[],
  };
}
