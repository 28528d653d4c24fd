import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { createFolder } from "../testing/folder.ts";
import { type Database, openDatabase } from "./database.ts";
import { MIGRATIONS } from "./schema.ts";

let folder: ReturnType<typeof createFolder>;
let file: string;
beforeEach(() => {
  folder = createFolder();
  file = join(folder.path, "fanfare.db");
});
afterEach(() => folder.remove());

/** Opens the file, works on it, closes it. */
function within<T>(migrations: readonly string[], work: (database: Database) => T): T {
  const database = openDatabase(file, migrations);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const versionOf = ({ sql }: Database) => Number(sql("PRAGMA user_version").get()?.user_version);
const tablesOf = ({ sql }: Database) =>
  sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map(({ name }) => String(name));
const schemaOf = ({ sql }: Database) =>
  sql("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all();

/** Puts a row into every table: each text its column's name, each number 7. */
function fill(database: Database): void {
  for (const table of tablesOf(database)) {
    const columns = database.sql(`PRAGMA table_info(${table})`).all();
    const values = columns.map(({ name, type }) => (type === "INTEGER" ? 7 : `${name} of ${table}`));
    database.sql(`INSERT INTO ${table} VALUES (${columns.map(() => "?").join(", ")})`).run(...values);
  }
}

function rowsOf(database: Database, tables: readonly string[]): Record<string, unknown[]> {
  return Object.fromEntries(tables.map((table) => [table, database.sql(`SELECT * FROM ${table}`).all()]));
}

describe("a data file", () => {
  test("is made with its folder, where there is none", () => {
    file = join(folder.path, "some", "where", "fanfare.db");
    expect(within(MIGRATIONS, versionOf)).toBe(MIGRATIONS.length);
    expect(readFileSync(file).subarray(0, 15).toString()).toBe("SQLite format 3");
  });

  test("keeps what was written, and takes readers beside a writer", () => {
    const rows = within(MIGRATIONS, (database) => {
      fill(database);
      return rowsOf(database, tablesOf(database));
    });
    expect(Object.keys(rows).length).toBeGreaterThan(5);
    for (const list of Object.values(rows)) expect(list).not.toEqual([]);
    within(MIGRATIONS, (database) => {
      expect(rowsOf(database, Object.keys(rows))).toEqual(rows);
      expect(database.sql("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    });
  });

  test("may be in memory", () => {
    const database = openDatabase(":memory:");
    expect(versionOf(database)).toBe(MIGRATIONS.length);
    database.close();
  });

  test.each([
    ["a short text", "hello"],
    ["a long text", "hello ".repeat(5_000)],
    ["a damaged one", `SQLite format 3\0${"x".repeat(8_000)}`],
  ])("is refused, and left alone, where it is none: %s", (_, text) => {
    writeFileSync(file, text);
    expect(() => openDatabase(file)).toThrow(ConfigError);
    expect(() => openDatabase(file)).toThrow(file);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("is refused where it is a folder", () => {
    mkdirSync(file);
    expect(() => openDatabase(file)).toThrow(ConfigError);
  });

  test("may be empty: a crash can leave it so before its first page is written", () => {
    writeFileSync(file, "");
    expect(within(MIGRATIONS, versionOf)).toBe(MIGRATIONS.length);
  });
});

describe("migrating", () => {
  const known = MIGRATIONS.map((_, index) => index);

  test.each(known)("a file of schema %i is brought up to date and keeps its rows", (version) => {
    const before = within(MIGRATIONS.slice(0, version), (database) => {
      fill(database);
      expect(versionOf(database)).toBe(version);
      return rowsOf(database, tablesOf(database));
    });
    const fresh = openDatabase(":memory:");
    within(MIGRATIONS, (database) => {
      expect(versionOf(database)).toBe(MIGRATIONS.length);
      expect(rowsOf(database, Object.keys(before))).toMatchObject(before);
      expect(schemaOf(database)).toEqual(schemaOf(fresh));
    });
    fresh.close();
  });

  test("a newer file is refused with a word on both versions, and left alone", () => {
    const rows = within([...MIGRATIONS, "CREATE TABLE newer (a TEXT)"], (database) => {
      fill(database);
      return rowsOf(database, tablesOf(database));
    });
    const newer = `schema ${MIGRATIONS.length + 1}, known: ${MIGRATIONS.length}`;
    expect(() => openDatabase(file)).toThrow(ConfigError);
    expect(() => openDatabase(file)).toThrow(`${file} was written by a newer version of Fanfare (${newer})`);
    const connection = new DatabaseSync(file);
    for (const [table, list] of Object.entries(rows))
      expect(connection.prepare(`SELECT * FROM ${table}`).all()).toEqual(list);
    connection.close();
  });

  test("one that fails leaves the file as it was, steps before it included", () => {
    const old = MIGRATIONS.slice(0, 1);
    const before = within(old, (database) => {
      fill(database);
      return { rows: rowsOf(database, tablesOf(database)), schema: schemaOf(database) };
    });
    const broken = "CREATE TABLE half (a TEXT); UPDATE registrations SET owner = 'x'; CREATE NONSENSE";
    expect(() => openDatabase(file, [...old, "DELETE FROM broadcasts", broken])).toThrow("NONSENSE");
    within(old, (database) => {
      expect(versionOf(database)).toBe(1);
      expect(schemaOf(database)).toEqual(before.schema);
      expect(rowsOf(database, Object.keys(before.rows))).toEqual(before.rows);
    });
    expect(within(MIGRATIONS, versionOf)).toBe(MIGRATIONS.length);
  });

  test("steps are taken once: opening again, beside an open handle too, takes none", () => {
    const steps = ["CREATE TABLE counts (n INTEGER)", "INSERT INTO counts VALUES (1)"];
    within(steps, (first) => {
      const second = openDatabase(file, steps);
      expect(second.sql("SELECT * FROM counts").all()).toEqual([{ n: 1 }]);
      second.close();
      expect(first.sql("SELECT * FROM counts").all()).toEqual([{ n: 1 }]);
    });
    expect(within(steps, ({ sql }) => sql("SELECT * FROM counts").all())).toEqual([{ n: 1 }]);
  });
});
