import { InvalidInput } from "@fanfare/shared/errors";
import { parse } from "csv-parse/sync";
import type { Line, ReadRow } from "./read-lines.ts";

/** Spreadsheets separate by what their country leaves free. */
const DELIMITERS = [",", ";", "\t"];
/** A quoted field may go over so many lines. A longer one is rather a quote that somebody forgot to close. */
const MAX_LINES = 20;

/**
 * Reads the header, and then the rows as they are asked for.
 * @throws InvalidInput for a header that lacks a column.
 */
export async function readCsv(lines: AsyncGenerator<Line>): Promise<AsyncIterable<ReadRow>> {
  const header = await lines.next();
  if (header.done) return lines as AsyncIterable<never>;
  const text = header.value.text ?? "";
  for (const delimiter of DELIMITERS) {
    const columns = splitRecord(text, delimiter);
    if (columns && isHeader(columns)) return readRows(lines, columns, delimiter);
  }
  const message = "the first line must name the columns fcm_token, device_type, and user or path";
  throw new InvalidInput([{ field: "file", message }]);
}

function isHeader(columns: string[]): boolean {
  const has = (name: string) => columns.includes(name);
  return has("fcm_token") && has("device_type") && (has("user") || has("path"));
}

async function* readRows(
  lines: AsyncGenerator<Line>,
  columns: string[],
  delimiter: string,
): AsyncGenerator<ReadRow> {
  for await (const { line, fields } of readRecords(lines, delimiter)) {
    if (typeof fields === "string") yield { line, reason: fields };
    else if (fields.length === columns.length)
      yield { line, value: Object.fromEntries(columns.map((column, index) => [column, fields[index]])) };
    else yield { line, reason: `has ${fields.length} columns, and the first line ${columns.length}` };
  }
}

/**
 * Puts lines together to records, each with the number of its first line, and its fields or why it has none. Where
 * quotes do not come out right only the first line is given up: the next may be as good as any.
 */
async function* readRecords(
  lines: AsyncGenerator<Line>,
  delimiter: string,
): AsyncGenerator<{ line: number; fields: string[] | string }> {
  const ahead: Line[] = [];
  for (;;) {
    const first = ahead.shift() ?? (await lines.next()).value;
    if (!first) return;
    const { number: line, text } = first;
    if (text === null) yield { line, fields: "is too long" };
    if (!text?.trim()) continue;
    const count = await closeQuotes(text, ahead, lines);
    const whole = [text, ...ahead.slice(0, count).map((next) => next.text)].join("\n");
    const fields = splitRecord(whole, delimiter);
    if (fields) ahead.splice(0, count);
    yield { line, fields: fields ?? "has quotes that do not match" };
  }
}

/** Reads ahead until every quote has its partner. @returns how many of the lines ahead that takes; 0 if too many */
async function closeQuotes(text: string, ahead: Line[], lines: AsyncGenerator<Line>): Promise<number> {
  let odd = hasOddQuotes(text);
  for (let count = 0; count < MAX_LINES; count++) {
    if (!odd) return count;
    if (count === ahead.length) {
      const next = await lines.next();
      if (next.done) return 0;
      ahead.push(next.value);
    }
    if (hasOddQuotes(ahead[count]?.text ?? "")) odd = false;
  }
  return 0;
}

function hasOddQuotes(text: string): boolean {
  return text.split('"').length % 2 === 0;
}

/** The fields of one record; null if its quotes do not match. */
function splitRecord(text: string, delimiter: string): string[] | null {
  // Most lines have no quotes, and need no parser.
  if (!text.includes('"')) return text.split(delimiter).map((field) => field.trim());
  try {
    return (parse(text, { delimiter, trim: true }) as string[][])[0] ?? [];
  } catch {
    return null;
  }
}
