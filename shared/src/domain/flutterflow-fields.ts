import { ANSWER_FIELDS, READ_FIELDS } from "./flutterflow.ts";

/**
 * What the names of fields have in them by which hand-edited functions reach fewer than `target_audience` says. A
 * field named so that Fanfare does not know must not end in a message to everybody.
 */
const NARROWING = [
  ...["audience", "segment", "group", "role", "topic", "filter", "tag"],
  ...["city", "country", "language"],
];
const PREFIX = "target_";

const KNOWN: ReadonlySet<string> = new Set([...READ_FIELDS, ...ANSWER_FIELDS, "timestamp"]);

/** Fields of a document that Fanfare does not know, by name, in order. */
export interface Unknown {
  /** Those that may narrow the audience. */
  narrowing: string[];
  /** All others: they change nothing. */
  others: string[];
}

/** @param ignored names that are left out, by a setting */
export function unknownFields(fields: Record<string, unknown>, ignored: ReadonlySet<string>): Unknown {
  const names = Object.keys(fields).filter((name) => !KNOWN.has(name) && !ignored.has(name));
  const { narrowing = [], others = [] } = Object.groupBy(names.toSorted(), (name) =>
    narrows(name) && !isEmpty(fields[name]) ? "narrowing" : "others",
  );
  return { narrowing, others };
}

/** `targetGroup` is `target_group`. */
function narrows(name: string): boolean {
  const plain = name.replace(/(?<=[a-z\d])(?=[A-Z])/g, "_").toLowerCase();
  return plain.startsWith(PREFIX) || NARROWING.some((word) => plain.includes(word));
}

/** A value that asks for nothing. */
function isEmpty(value: unknown): boolean {
  if (typeof value === "string") return value.trim() === "";
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false;
}
