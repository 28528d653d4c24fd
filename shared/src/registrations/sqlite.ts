import { LAST } from "../domain/address.ts";
import type { Span } from "../domain/range.ts";
import { type AddressKind, ownerOf, type Platform, type Registration } from "../domain/registration.ts";
import type { Database } from "../sqlite/database.ts";
import type { RegistrationDocument, Registrations } from "./index.ts";
import { createOrder } from "./sqlite-order.ts";
import { createPruning } from "./sqlite-pruning.ts";
import { createRegistering } from "./sqlite-registering.ts";
import { createTypes } from "./sqlite-types.ts";

const BATCH = 500;
const COLUMNS = "path, address, kind, device_type AS deviceType, created_at AS createdAt";

interface Row {
  path: string;
  address: string | null;
  kind: AddressKind;
  deviceType: string;
  createdAt: number;
}

/**
 * @param now the wall clock, as far as the order of writings allows
 * @param batch how many are read at once; tests make it small, so that there is something to happen in between.
 * @param tokensCollection the collection, below users, of the documents that it makes
 */
export function createSqliteRegistrations(
  database: Database,
  now: () => number = Date.now,
  batch = BATCH,
  tokensCollection: string | undefined = undefined,
): Registrations {
  const { sql } = database;
  const { stamp, moment } = createOrder(database, now);
  const types = createTypes(database);

  /** The upper bound of a span and the platforms, as a clause of SQL with its values. */
  function within({ upTo }: Span, platforms: readonly Platform[] | undefined) {
    const clauses = ["address IS NOT NULL"];
    const values: string[] = [];
    if (upTo !== null) {
      clauses.push("address <= ?");
      values.push(upTo);
    }
    if (platforms) {
      clauses.push("device_type IN (SELECT value FROM json_each(?))");
      values.push(JSON.stringify(types.ofPlatforms(platforms)));
    }
    return { clause: clauses.join(" AND "), values };
  }

  async function* read(span: Span, platforms?: readonly Platform[]): AsyncGenerator<Registration[]> {
    const { clause, values } = within(span, platforms);
    const statement = sql(
      `SELECT ${COLUMNS} FROM registrations WHERE (address, path) > (?, ?) AND ${clause} ORDER BY address, path LIMIT ${batch}`,
    );
    let [address, path] = [span.after, LAST];
    for (;;) {
      const rows = statement.all(address, path, ...values) as unknown as Row[];
      if (rows.length > 0) yield rows;
      const last = rows[batch - 1];
      if (!last) return;
      [address, path] = [last.address ?? "", last.path];
    }
  }

  function put(documents: readonly RegistrationDocument[]): void {
    // A document keeps the earliest time known of it: its create time never moves, whatever its field says.
    const insert = sql(`
      INSERT INTO registrations (path, owner, address, kind, device_type, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET address = excluded.address, kind = excluded.kind, device_type = excluded.device_type,
        created_at = min(created_at, excluded.created_at), updated_at = excluded.updated_at`);
    database.write(() => {
      const time = stamp();
      types.note(new Set(documents.map(({ deviceType }) => deviceType)));
      for (const { path, address, kind, deviceType, createdAt = time } of documents) {
        insert.run(
          path,
          ownerOf(path),
          address === "" ? null : address,
          kind,
          deviceType,
          Math.min(createdAt, time),
          time,
        );
      }
    });
  }

  const countOf = (text: string, ...values: (string | number)[]) =>
    Number(sql(`SELECT count(*) AS n FROM ${text}`).get(...values)?.n);

  return {
    read,
    async readOwned(owners) {
      const text = `SELECT ${COLUMNS} FROM registrations WHERE owner IN (SELECT value FROM json_each(?))`;
      return sql(text).all(JSON.stringify(owners)) as unknown as Registration[];
    },
    async count(span, platforms) {
      const { clause, values } = within(span, platforms);
      return countOf(`registrations WHERE address > ? AND ${clause}`, span.after, ...values);
    },
    async countOwned(owners, platforms) {
      const { clause, values } = within({ after: "", upTo: null }, platforms);
      const text = `
        SELECT (SELECT count(*) FROM registrations WHERE owner = one.value AND ${clause}) AS n
        FROM json_each(?) AS one ORDER BY one.key`;
      return sql(text)
        .all(...values, JSON.stringify(owners))
        .map(({ n }) => Number(n));
    },
    async countWithoutAddress() {
      return countOf("registrations WHERE address IS NULL");
    },
    async firstFrom(from, span, platforms) {
      const { clause, values } = within(span, platforms);
      const text = `SELECT address FROM registrations WHERE address > ? AND address >= ? AND ${clause} ORDER BY address LIMIT 1`;
      const row = sql(text).get(span.after, from, ...values);
      return row ? String(row.address) : null;
    },
    ...createPruning(database, now, stamp, types),
    ...createRegistering(database, now, { stamp, types, collection: tokensCollection }),
    unknownTypes: async () => types.unknown(),
    moment: async () => moment(),
    async put(documents) {
      put(documents);
    },
    async size() {
      return countOf("registrations");
    },
  };
}
