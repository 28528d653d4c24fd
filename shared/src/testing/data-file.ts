import { join } from "node:path";
import { type Database, openDatabase } from "../sqlite/database.ts";
import { createFolder } from "./folder.ts";

/** A data file that lasts as long as a test. */
export interface DataFile {
  file: string;
  database: Database;
  /** Closes the file and removes it with its folder. */
  close(): Promise<void>;
}

export function createDataFile(): DataFile {
  const folder = createFolder();
  const file = join(folder.path, "fanfare.db");
  const database = openDatabase(file);
  return {
    file,
    database,
    async close() {
      database.close();
      folder.remove();
    },
  };
}
