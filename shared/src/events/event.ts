import type { z } from "zod";
import type { Outgoing } from "../bus/index.ts";
import { parseJson } from "../domain/parse-json.ts";
import { textProblems } from "../domain/text.ts";
import { InvalidInput, type Problem, TerminalError } from "../errors.ts";

/** What a topic carries: how it is written, and how it is read and checked. */
export interface EventType<T> {
  topic: string;
  encode(value: T): Outgoing;
  /** @throws TerminalError NOT_JSON, JSON_TOO_LARGE, UNKNOWN_VERSION or INVALID_INPUT: trying again would not help. */
  decode(data: string): T;
}

/** Readers accept the version they write and the one before it. There is none before 1. */
const READABLE_VERSIONS = [1];

export function defineEvent<T>(topic: string, schema: z.ZodType<T>): EventType<T> {
  return {
    topic,
    encode: (value) => ({ data: JSON.stringify({ v: 1, ...value }) }),
    decode: (data) => parseInput(schema, withoutVersion(data)),
  };
}

function withoutVersion(data: string): unknown {
  const value = parseJson(data);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidInput([{ field: "", message: "must be a JSON object" }]);
  }
  const { v, ...rest } = value as Record<string, unknown>;
  if (!READABLE_VERSIONS.includes(v as number)) {
    const found = typeof v === "number" ? `is ${v}` : "is not a number";
    throw new TerminalError(
      "UNKNOWN_VERSION",
      `v: ${found}, and only ${READABLE_VERSIONS.join(" and ")} can be read`,
    );
  }
  return rest;
}

/**
 * Checks a value against a schema, and every text and key in it: what is not Unicode could not be stored.
 * @throws InvalidInput with every problem, each under the field's path.
 */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown): T {
  const problems = textProblems(value);
  const parsed = schema.safeParse(value);
  if (parsed.success && problems.length === 0) return parsed.data;
  const named = new Set(problems.map(({ field }) => field));
  const others = (parsed.error?.issues ?? []).flatMap(problemsOf).filter(({ field }) => !named.has(field));
  throw new InvalidInput([...problems, ...others]);
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const field = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") return [{ field, message: issue.message }];
  return issue.keys.map((key) => ({
    field: [...issue.path, key].join("."),
    message: "is not a field that Fanfare knows",
  }));
}
