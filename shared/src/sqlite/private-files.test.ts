import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFolder } from "../testing/folder.ts";
import { openDatabase } from "./database.ts";
import { narrowFile } from "./private-files.ts";

let folder: ReturnType<typeof createFolder>;
const umask = process.umask();
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => {
  process.umask(umask);
  folder.remove();
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** The modes of what lies in a data file's folder while the file is open and has been written to. */
function modesWhileOpen(file: string): Record<string, string> {
  const database = openDatabase(file);
  try {
    database.write(() => database.sql("UPDATE boot SET id = 'x'").run());
    const names = readdirSync(dirname(file)).sort();
    return Object.fromEntries(names.map((name) => [name, modeOf(join(dirname(file), name))]));
  } finally {
    database.close();
  }
}

/** Writes to the file of its argument, or fails at once if another has its lock. */
const WRITER = `
import { DatabaseSync } from "node:sqlite";
new DatabaseSync(process.argv[1]).exec("BEGIN IMMEDIATE");
`;

const OWNERS_ALONE = { "fanfare.db": "600", "fanfare.db-shm": "600", "fanfare.db-wal": "600" };

// Windows has no modes: who may read a file follows from its folder there.
describe.skipIf(process.platform === "win32")("a data file is its owner's alone", () => {
  test.each(["0000", "0022", "0277"])("with a umask of %s, with the folders made for it", (mask) => {
    process.umask(Number.parseInt(mask, 8));
    const file = join(folder.path, "some", "where", "fanfare.db");
    expect(modesWhileOpen(file)).toEqual(OWNERS_ALONE);
    expect([modeOf(dirname(file)), modeOf(join(folder.path, "some"))]).toEqual(["700", "700"]);
  });

  test("in a folder that was there, which keeps its mode", () => {
    const data = join(folder.path, "shared");
    mkdirSync(data);
    chmodSync(data, 0o755);
    expect(modesWhileOpen(join(data, "fanfare.db"))).toEqual(OWNERS_ALONE);
    expect(modeOf(data)).toBe("755");
  });

  test("where a file was there with wider permissions, and so were those beside it", () => {
    const file = join(folder.path, "fanfare.db");
    const first = openDatabase(file);
    for (const name of readdirSync(folder.path)) chmodSync(join(folder.path, name), 0o666);
    expect(modesWhileOpen(file)).toEqual(OWNERS_ALONE);
    first.close();
  });

  test("behind a link to a file that is not there yet", () => {
    const target = join(folder.path, "target.db");
    symlinkSync(target, join(folder.path, "fanfare.db"));
    process.umask(0);
    expect(modesWhileOpen(join(folder.path, "fanfare.db"))).toMatchObject({ "target.db": "600" });
  });

  test("and narrowing it lets go of no lock that the process has on it", () => {
    const file = join(folder.path, "fanfare.db");
    const first = openDatabase(file);
    chmodSync(file, 0o644);
    // Closing any handle of a file would let go of all of a process's locks on it.
    const others = first.write(() => {
      openDatabase(file).close();
      return spawnSync(process.execPath, ["--input-type=module", "--eval", WRITER, file], {
        encoding: "utf8",
      });
    });
    first.close();
    expect(others.stderr).toContain("database is locked");
    expect(modeOf(file)).toBe("600");
  });

  test("and a folder in its place is not a file to be narrowed", () => {
    const file = join(folder.path, "fanfare.db");
    mkdirSync(file);
    chmodSync(file, 0o755);
    expect(() => openDatabase(file)).toThrow("cannot be opened as a data file");
    expect(modeOf(file)).toBe("755");
  });

  test("unless it belongs to another user: then it is left as it is", () => {
    const file = join(folder.path, "fanfare.db");
    writeFileSync(file, "");
    chmodSync(file, 0o660);
    narrowFile(file, statSync(file).uid + 1);
    expect(modeOf(file)).toBe("660");
    narrowFile(file);
    expect(modeOf(file)).toBe("600");
  });
});
