import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { InvalidInput } from "@fanfare/shared/errors";
import { parse } from "csv-parse";
import { type Checked, checkRow } from "./check-row.ts";

export type Entry = Checked & { line: number };

export interface Source {
  totalBytes: number;
  bytesRead(): number;
  entries: AsyncIterable<Entry>;
}

/** A line longer than this is no registration, and must not fill the memory. */
const MAX_LINE_BYTES = 1_000_000;

/**
 * Opens a file of registrations as a stream of checked entries, each with its line number (from 1).
 * @throws InvalidInput for a file that cannot be read, or whose format is neither CSV nor NDJSON.
 */
export async function readRegistrations(
  file: string,
  format: string | undefined,
  usersCollection: string,
): Promise<Source> {
  const read = readerOf(file, format);
  const { size } = await stat(file).catch((cause) => {
    throw new InvalidInput([{ field: "file", message: `${file} cannot be read (${cause.code})` }]);
  });
  const stream = createReadStream(file);
  return { totalBytes: size, bytesRead: () => stream.bytesRead, entries: read(stream, usersCollection) };
}

type Reader = (stream: Readable, usersCollection: string) => AsyncGenerator<Entry>;

function readerOf(file: string, format: string | undefined): Reader {
  const name = format ?? file.slice(file.lastIndexOf(".") + 1).toLowerCase();
  if (name === "csv") return readCsv;
  if (name === "ndjson" || name === "jsonl") return readNdjson;
  throw new InvalidInput([
    { field: format === undefined ? "file" : "--format", message: "must be csv or ndjson" },
  ]);
}

async function* readCsv(stream: Readable, usersCollection: string): AsyncGenerator<Entry> {
  const refused: Entry[] = [];
  const parser = stream.pipe(
    parse({
      columns: true,
      bom: true,
      trim: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: MAX_LINE_BYTES,
      on_skip: (error) => {
        refused.push({
          kind: "refused",
          line: Number(error?.lines ?? 0),
          reason: `is no CSV: ${error?.message ?? "unreadable"}`,
        });
        return undefined;
      },
    }),
  );
  stream.on("error", (error) => parser.destroy(error));
  for await (const { record, info } of parser as AsyncIterable<{
    record: Record<string, string>;
    info: { lines: number };
  }>) {
    yield* refused.splice(0);
    yield { ...checkRow(record, usersCollection), line: info.lines };
  }
  yield* refused;
}

async function* readNdjson(stream: Readable, usersCollection: string): AsyncGenerator<Entry> {
  let line = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() !== "") yield { ...checkLine(text, usersCollection), line };
  }
}

function checkLine(text: string, usersCollection: string): Checked {
  try {
    const row: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof row !== "object" || row === null || Array.isArray(row))
      return { kind: "refused", reason: "must be a JSON object" };
    return checkRow(row as Record<string, unknown>, usersCollection);
  } catch {
    return { kind: "refused", reason: "is no JSON" };
  }
}
