import { ofPlatforms as isOfPlatforms, type Platform, platformOf } from "../domain/registration.ts";
import { summarizeUnknown, type UnknownTypes } from "../domain/unknown-types.ts";
import type { Database } from "../sqlite/database.ts";

/** The texts of `device_type` in the data file, of which there may be more listed than there are. */
export function createTypes({ sql }: Database) {
  const all = () =>
    sql("SELECT type FROM device_types")
      .all()
      .map(({ type }) => String(type));

  function unknown(): UnknownTypes {
    const types = all().filter((type) => platformOf(type) === undefined);
    // A scan of everything, which few installations need.
    if (types.length === 0) return summarizeUnknown([]);
    const rows = sql(`
      SELECT device_type AS type, count(*) AS n FROM registrations
      WHERE address IS NOT NULL AND device_type IN (SELECT value FROM json_each(?)) GROUP BY device_type`);
    return summarizeUnknown(
      rows.all(JSON.stringify(types)).map(({ type, n }) => [String(type), Number(n)] as const),
    );
  }

  return {
    /** To be called in the transaction that writes registrations with these texts. */
    note(types: Iterable<string>): void {
      const insert = sql("INSERT OR IGNORE INTO device_types VALUES (?)");
      for (const type of types) insert.run(type);
    },
    ofPlatforms: (platforms: readonly Platform[]): string[] => all().filter(isOfPlatforms(platforms)),
    unknown,
  };
}

export type StoredTypes = ReturnType<typeof createTypes>;
