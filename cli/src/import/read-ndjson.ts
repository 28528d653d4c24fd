import { parseJson } from "@fanfare/shared/domain/parse-json";
import { TerminalError } from "@fanfare/shared/errors";
import type { Line, ReadRow } from "./read-lines.ts";

/** Reads one JSON object a line; empty lines are skipped. */
export async function* readNdjson(lines: AsyncIterable<Line>): AsyncGenerator<ReadRow> {
  for await (const { number: line, text } of lines) {
    if (text === null) yield { line, reason: "is too long" };
    else if (text.trim() !== "") yield { line, ...parseObject(text) };
  }
}

function parseObject(text: string): { value: Record<string, unknown> } | { reason: string } {
  try {
    const value: unknown = parseJson(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { value: value as Record<string, unknown> } : { reason: "is no JSON object" };
  } catch (error) {
    const isTooLarge = error instanceof TerminalError && error.code === "JSON_TOO_LARGE";
    return { reason: isTooLarge ? error.message : "is no JSON" };
  }
}
