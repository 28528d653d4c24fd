import { join } from "node:path";
import type { Mischief } from "@fanfare/local/installation/relay";
import { openDatabase } from "@fanfare/shared/sqlite/database";

/** What befell messages. */
export interface Befallen {
  lost: number;
  doubled: number;
  delayed: number;
}

const PRIME = 2_147_483_647;

/**
 * Loses, doubles and delays messages of the bus in a data file, from outside: by a trigger in the file, in the very
 * transaction that publishes them, so that no consumer is quicker. Dead letters are left alone: losing one is losing
 * what nobody else remembers. The same messages in the same order have the same luck.
 * @returns how many it befell so far
 */
export function plagueBus(
  data: string,
  { dropped, doubled, delayed, maxDelayMs, random }: Mischief,
): { read(): Befallen; close(): void } {
  const database = openDatabase(join(data, "fanfare.db"));
  // Lehmer's generator, with a square in between: the numbers of messages follow one another, and their luck must not.
  const draw = (salt: number, range: number) =>
    `(SELECT (x * x % ${PRIME}) * 48271 % ${PRIME} % ${range} FROM (SELECT (NEW.id + ${salt}) * 16807 % ${PRIME} AS x))`;
  const salt = () => Math.floor(random() * 1_000_000);
  const [fate, copied, late] = [draw(salt(), 10_000), draw(salt(), 10_000), draw(salt(), 10_000)];
  const delay = draw(salt(), Math.ceil(maxDelayMs));
  const below = (share: number) => Math.round(share * 10_000);
  const note = (what: keyof Befallen) => `UPDATE befallen SET ${what} = ${what} + 1`;
  database.write(() => {
    database.sql("CREATE TABLE befallen (lost INTEGER, doubled INTEGER, delayed INTEGER) STRICT").run();
    database.sql("INSERT INTO befallen VALUES (0, 0, 0)").run();
    // A trigger's own insertions do not fire it again: SQLite's recursive_triggers is off.
    database
      .sql(`CREATE TRIGGER plague AFTER INSERT ON messages WHEN NEW.subscription NOT LIKE '%.bury' BEGIN
        ${note("delayed")} WHERE ${late} < ${below(delayed)};
        UPDATE messages SET visible_at = visible_at + ${delay}
          WHERE id = NEW.id AND ${late} < ${below(delayed)};
        ${note("doubled")} WHERE ${copied} < ${below(doubled)};
        INSERT INTO messages (subscription, message_id, data, attributes, published_at, visible_at)
          SELECT NEW.subscription, NEW.message_id, NEW.data, NEW.attributes, NEW.published_at, NEW.visible_at + ${delay} / 2
          WHERE ${copied} < ${below(doubled)};
        ${note("lost")} WHERE ${fate} < ${below(dropped)};
        DELETE FROM messages WHERE id = NEW.id AND ${fate} < ${below(dropped)};
      END`)
      .run();
  });
  return {
    read: () => ({ ...(database.sql("SELECT * FROM befallen").get() as unknown as Befallen) }),
    close: () => database.close(),
  };
}
