import type { StoredLease } from "../domain/lease-steps.ts";
import type { Range } from "../domain/range.ts";
import type { StoredRange } from "../domain/range-steps.ts";
import type { Database } from "../sqlite/database.ts";
import type { RangePort } from "./index.ts";
import { createRangeSteps } from "./ports.ts";
import { LEASE, type Records, type Row, type View } from "./sqlite-records.ts";

const HELD: View<StoredLease> = {
  table: "ranges",
  columns: LEASE,
  show: (row) => row as unknown as StoredLease,
};
const WHOLE: View<StoredRange> = {
  table: "ranges",
  columns: `${LEASE}, record`,
  show: (row) => ({ ...(row as unknown as StoredLease), range: () => parse(row) }),
};

export function createRanges({ sql, write }: Database, records: Records) {
  const all = (broadcast: string) =>
    (sql("SELECT record FROM ranges WHERE broadcast = ? ORDER BY id").all(broadcast) as Row[]).map(parse);

  const steps = createRangeSteps({
    async create(make) {
      return write(() => {
        const made = make(records.at());
        if (sql("SELECT 1 FROM ranges WHERE id = ?").get(made.ranges[0]?.range.id ?? "")) return "exists";
        records.insert(made);
        return "created";
      });
    },
    byLease: (id, step) => records.decide(HELD, id, step),
    byRecord: (id, step) => records.decide(WHOLE, id, step),
  });

  const port: RangePort = {
    ...steps,
    renewRange: (id, epoch) => records.renew("ranges", id, epoch),
    ranges: async (broadcast) => all(broadcast),
  };
  return { port, all };
}

function parse({ record }: Row): Range {
  return JSON.parse(String(record)) as Range;
}
