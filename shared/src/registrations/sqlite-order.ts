import type { Database } from "../sqlite/database.ts";

/** Times that say in which order registrations were written. */
export interface Order {
  /** The time of a writing: to be called within its transaction. */
  stamp(): number;
  /** Between all that has been written and all that will be. */
  moment(): number;
}

const RAISE = `
  INSERT INTO registrations_time (id, at) VALUES (1, ?)
  ON CONFLICT DO UPDATE SET at = max(at, excluded.at) RETURNING at`;

/**
 * The wall clock gives the times, and the file keeps their order when the clock is set back: no time is before one
 * that was given out, and whatever is written after a moment is dated after it. So neither who came late nor what was
 * refreshed since a release depends on the clock.
 */
export function createOrder({ sql, write }: Database, now: () => number): Order {
  const stamp = () => Number(sql(RAISE).get(now())?.at);
  return {
    stamp,
    moment: () =>
      write(() => {
        const at = stamp();
        sql("UPDATE registrations_time SET at = ?").run(at + 1);
        return at;
      }),
  };
}
