import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { type Database, openDatabase } from "./database.ts";

let data: DataFile;
let database: Database;
beforeEach(() => {
  data = createDataFile();
  database = data.database;
  database.sql("CREATE TABLE names (name TEXT NOT NULL)").run();
});
afterEach(() => data.close());

const add = (name: string | null) => database.sql("INSERT INTO names VALUES (?)").run(name);
const names = ({ sql }: Database = database) =>
  sql("SELECT name FROM names ORDER BY rowid")
    .all()
    .map(({ name }) => name);

function raise(message: string): never {
  throw new Error(message);
}

describe("a write", () => {
  test("happens, and returns what its work does", () => {
    expect(database.write(() => add("a").changes)).toBe(1);
    expect(names()).toEqual(["a"]);
  });

  test("that fails does not happen, whoever raised the error", () => {
    const own = () => database.write(() => [add("a"), raise("on purpose")]);
    expect(own).toThrow("on purpose");
    expect(() => database.write(() => [add("a"), add(null)])).toThrow("NOT NULL");
    expect(() => database.write(() => [add("a"), database.sql("SELECT nonsense")])).toThrow("nonsense");
    expect(names()).toEqual([]);
    database.write(() => add("b"));
    expect(names()).toEqual(["b"]);
  });

  test("within a write is refused, and the outer one does not happen either", () => {
    const nested = () => database.write(() => [add("outer"), database.write(() => add("inner"))]);
    expect(nested).toThrow("transaction within a transaction");
    expect(names()).toEqual([]);
    database.write(() => add("after"));
    expect(names()).toEqual(["after"]);
  });

  test("is not seen by others before it is whole", () => {
    const other = openDatabase(data.file);
    database.write(() => {
      add("a");
      expect(names(other)).toEqual([]);
      add("b");
    });
    expect(names(other)).toEqual(["a", "b"]);
    other.close();
  });
});

describe("a read", () => {
  test("sees one state of the file, whatever others write meanwhile", () => {
    const other = openDatabase(data.file);
    const seen = other.read(() => {
      const before = names(other);
      database.write(() => add("a"));
      return [before, names(other)];
    });
    expect(seen).toEqual([[], []]);
    expect(names(other)).toEqual(["a"]);
    other.close();
  });

  test("that fails is over", () => {
    expect(() => database.read(() => raise("on purpose"))).toThrow("on purpose");
    database.write(() => add("a"));
    expect(names()).toEqual(["a"]);
  });
});

test("a statement is prepared once", () => {
  expect(database.sql("SELECT 1 AS one")).toBe(database.sql("SELECT 1 AS one"));
  expect(database.sql("SELECT 1 AS one").get()).toEqual({ one: 1 });
});
