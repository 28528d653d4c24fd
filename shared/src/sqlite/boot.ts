import type { Boot } from "./boot-clock.ts";
import type { Database } from "./database.ts";

/** No wait is as long. A wall time, as older versions of Fanfare wrote, is decades ahead of any boot's clock. */
const YEAR_MS = 365 * 86_400_000;

/**
 * Everything that goes by the boot's clock, as it is after another boot: over. The holders are dead, and the work
 * still says that it was held, so that taking it over counts the possible repeats.
 */
const LAPSE = [
  "UPDATE ranges SET lease_until = min(lease_until, 0), hint_at = min(hint_at, 0) WHERE state IN ('open', 'cut')",
  `UPDATE chunks SET lease_until = min(lease_until, 0), hint_at = min(hint_at, 0), not_before = 0, first_claimed_at = NULL
    WHERE state = 'open'`,
  "UPDATE messages SET visible_at = 0",
  "DELETE FROM senders",
  "UPDATE health SET at = 0 WHERE name = 'tick'",
  "DELETE FROM boot",
];

/** The boot noted, and the latest of the times that were past when they were written, and of those that may lie ahead. */
const NOTED = `SELECT
  (SELECT id FROM boot) AS id,
  (SELECT max(at) FROM (
    SELECT max(written_at) AS at FROM senders UNION ALL SELECT at FROM health WHERE name = 'tick'
    UNION ALL SELECT max(first_claimed_at) FROM chunks WHERE hint_at IS NOT NULL)) AS past,
  (SELECT max(at) FROM (
    SELECT max(hint_at) AS at FROM ranges WHERE hint_at IS NOT NULL
    UNION ALL SELECT max(hint_at) FROM chunks WHERE hint_at IS NOT NULL
    UNION ALL SELECT max(visible_at) FROM messages)) AS ahead`;

/**
 * Brings a data file into this boot of the machine: to be called whenever one is opened, before anything else is done
 * with it. Leases, waits, hints and the bus go by a clock that begins again with each boot, so what an earlier boot
 * wrote says nothing to this one. Where the machine does not tell its boots apart, times that this boot cannot have
 * written give the earlier one away. Within a boot a second call changes nothing.
 */
export function enterBoot(database: Database, boot: Boot): void {
  if (isEntered(database, boot)) return;
  database.write(() => {
    // Asked again: another process may have been quicker, and its times count from this boot.
    if (isEntered(database, boot)) return;
    for (const statement of LAPSE) database.sql(statement).run();
    database.sql("INSERT INTO boot (id) VALUES (?)").run(boot.id);
  });
}

function isEntered({ sql }: Database, boot: Boot): boolean {
  const { id, past, ahead } = sql(NOTED).get() ?? {};
  // Read after the file: what other processes of this boot have written lies before it.
  const time = boot.now();
  return id === boot.id && Number(past ?? 0) <= time && Number(ahead ?? 0) <= time + YEAR_MS;
}
