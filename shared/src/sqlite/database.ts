import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { ConfigError } from "../errors.ts";
import { makePrivateFile, makePrivateFolder, narrowFile } from "./private-files.ts";
import { MIGRATIONS } from "./schema.ts";

/** How long a process waits for its turn to write, in ms. */
const TURN_MS = 10_000;

/** The lowest byte of SQLite's code, whose other bytes say more: https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

/** One open data file. All drivers of a process share it; several processes may have the same file open. */
export interface Database {
  /** The prepared statement for a text, prepared once. */
  sql(text: string): StatementSync;
  /** Runs `work` in one write transaction: all of it happens, or nothing. Not to be nested. */
  write<T>(work: () => T): T;
  /** Runs `work` on one snapshot of the file. */
  read<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens a data file, creates it for its owner alone where there is none, and brings its schema up to date.
 *
 * WAL lets readers go on beside the one writer. `synchronous = NORMAL` survives the death of any process; a power
 * cut may take the last moments, never the file's consistency. Write transactions begin IMMEDIATE: one that began
 * as a reader could not become a writer while another writes, and would fail instead of waiting.
 * @throws ConfigError if the file belongs to a newer version, or is no data file.
 */
export function openDatabase(file: string, migrations: readonly string[] = MIGRATIONS): Database {
  const connection = file === ":memory:" ? connect(file) : connectPrivately(file);
  const statements = new Map<string, StatementSync>();
  const within = <T>(begin: string, work: () => T): T => {
    connection.exec(begin);
    try {
      const result = work();
      connection.exec("COMMIT");
      return result;
    } catch (error) {
      if (connection.isTransaction) connection.exec("ROLLBACK");
      throw error;
    }
  };
  const database: Database = {
    sql(text) {
      const known = statements.get(text);
      if (known) return known;
      const made = connection.prepare(text);
      statements.set(text, made);
      return made;
    },
    write: (work) => within("BEGIN IMMEDIATE", work),
    read: (work) => within("BEGIN", work),
    close: () => connection.close(),
  };
  try {
    migrate(connection, database, file, migrations);
  } catch (error) {
    connection.close();
    throw error;
  }
  return database;
}

/**
 * The file holds addresses, so only its owner may read it, and what SQLite puts next to it. Made before SQLite opens it,
 * which gives its other files the same mode; narrowed before and after, as they may have been there.
 */
function connectPrivately(file: string): DatabaseSync {
  const files = [file, `${file}-wal`, `${file}-shm`];
  makePrivateFolder(dirname(file));
  makePrivateFile(file);
  for (const one of files) narrowFile(one);
  const connection = connect(file);
  for (const one of files) narrowFile(one);
  return connection;
}

function connect(file: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { timeout: TURN_MS });
    useWal(connection);
    connection.exec("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864;");
    return connection;
  } catch (error) {
    connection?.close();
    throw new ConfigError(`${file} cannot be opened as a data file: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Of several that change a new file to WAL at once, each may hold what another waits for. SQLite then refuses at once,
 * without its timeout (https://sqlite.org/c3ref/busy_handler.html): so who was refused lets go, and asks again.
 */
function useWal(connection: DatabaseSync): void {
  const end = performance.now() + TURN_MS;
  for (;;) {
    try {
      connection.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const code = (error as { errcode?: number }).errcode ?? 0;
      if ((code & 0xff) !== SQLITE_BUSY || performance.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * 10);
    }
  }
}

/** Each migration takes the schema from version `index` to `index + 1`, in one transaction with its number. */
function migrate(
  connection: DatabaseSync,
  database: Database,
  file: string,
  migrations: readonly string[],
): void {
  const version = () => Number(connection.prepare("PRAGMA user_version").get()?.user_version);
  if (version() === migrations.length) return;
  database.write(() => {
    // Read again: another process may have migrated while this one waited for its turn.
    const from = version();
    if (from > migrations.length) {
      throw new ConfigError(
        `${file} was written by a newer version of Fanfare (schema ${from}, known: ${migrations.length})`,
      );
    }
    for (const migration of migrations.slice(from)) connection.exec(migration);
    connection.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

export type { SQLInputValue };
