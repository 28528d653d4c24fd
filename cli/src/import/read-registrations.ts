import { constants, createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import { extname } from "node:path";
import { getSystemErrorMessage } from "node:util";
import type { Names } from "@fanfare/local/installation/open";
import { InvalidInput } from "@fanfare/shared/errors";
import { type CheckedRow, checkRow } from "./check-row.ts";
import { readCsv } from "./read-csv.ts";
import type { ReadRow } from "./read-lines.ts";
import { type Line, readLines } from "./read-lines.ts";
import { readNdjson } from "./read-ndjson.ts";

export type Entry = CheckedRow & { line: number };

export interface Source {
  totalBytes: number;
  bytesRead(): number;
  entries: AsyncIterable<Entry>;
}

/**
 * Opens a file of registrations as a stream of checked entries.
 * @throws InvalidInput for a file that cannot be read, is neither CSV nor NDJSON, or lacks a column.
 */
export async function readRegistrations(
  file: string,
  format: string | undefined,
  names: Names,
): Promise<Source> {
  const totalBytes = await sizeOf(file);
  const read = readerOf(file, format);
  const stream = createReadStream(file, "utf8");
  try {
    const entries = checkRows(await read(readLines(stream)), names);
    return { totalBytes, bytesRead: () => stream.bytesRead, entries };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** @throws InvalidInput for a file that cannot be read */
export async function sizeOf(file: string): Promise<number> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    const message = `${file} cannot be read: ${getSystemErrorMessage((error as { errno: number }).errno)}`;
    throw new InvalidInput([{ field: "file", message }]);
  }
  const found = await stat(file);
  if (found.isDirectory()) throw new InvalidInput([{ field: "file", message: `${file} is a folder` }]);
  return found.size;
}

type Reader = (lines: AsyncGenerator<Line>) => AsyncIterable<ReadRow> | Promise<AsyncIterable<ReadRow>>;

function readerOf(file: string, format: string | undefined): Reader {
  const name = format ?? extname(file).slice(1).toLowerCase();
  if (name === "csv") return readCsv;
  if (name === "ndjson" || name === "jsonl") return readNdjson;
  if (format !== undefined) throw new InvalidInput([{ field: "--format", message: "must be csv or ndjson" }]);
  const message = `${file} ends in neither .csv nor .ndjson: give its --format`;
  throw new InvalidInput([{ field: "file", message }]);
}

async function* checkRows(rows: AsyncIterable<ReadRow>, names: Names): AsyncGenerator<Entry> {
  for await (const row of rows) {
    const { line } = row;
    if ("reason" in row) yield { kind: "refused", reason: row.reason, line };
    else yield { ...checkRow(row.value, names), line };
  }
}
