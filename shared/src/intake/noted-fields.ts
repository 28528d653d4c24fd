import type { DocumentId } from "../domain/broadcast.ts";
import type { NotedField } from "./index.ts";

/**
 * Names come from any app's user, so there is a most of everything. 100 names, each with the longest id that a document
 * may have, stay below a record's 1 MiB even as text in which every character is escaped.
 */
const MOST_NAMES = 100;
const MOST_CHARACTERS = 100;

/** A name that was noted within this time is not written again: thousands of documents an hour may have it. */
const FRESH_MS = 3_600_000;

/** A process notes about this many names an hour. More than that are made up: each would cost a write. */
const MOST_AN_HOUR = 1_000;

export const FIELDS_KEPT_MS = 30 * 86_400_000;

/** The names of one document as they are kept: each once, no more and no longer than a record has room for. */
export function boundNames(names: readonly string[]): string[] {
  const cut = names.map((name) => name.slice(0, MOST_CHARACTERS).toWellFormed());
  return [...new Set(cut)].slice(0, MOST_NAMES);
}

/** A time ahead of now was written by a clock that was wrong: it is written again. */
const isFresh = (at: number, now: number) => at <= now && at > now - FRESH_MS;

export interface FieldsNote {
  names: readonly string[];
  document: DocumentId;
}

/** @returns all that is noted, the latest last; null if none of it has to be written */
export function addFields(
  before: readonly NotedField[],
  notes: readonly FieldsNote[],
  at: number,
): NotedField[] | null {
  const byName = new Map(before.map((field) => [field.name, field]));
  let changed = false;
  for (const { names, document } of notes) {
    for (const name of names) {
      const known = byName.get(name);
      if (known && isFresh(known.at, at)) continue;
      byName.delete(name);
      byName.set(name, { name, path: document.path, at });
      changed = true;
    }
  }
  return changed ? keptOf([...byName.values()], at).slice(-MOST_NAMES) : null;
}

export function keptOf(fields: readonly NotedField[], now: number): NotedField[] {
  return fields.filter(({ at }) => at > now - FIELDS_KEPT_MS);
}

export function byName(fields: readonly NotedField[]): NotedField[] {
  return fields.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Lets through to `write` only what this process has not noted within the hour.
 * @param now the store's time in ms; asked only after something was written
 * @param write notes the names, and says at what time it did
 */
export function createFieldNotes(now: () => number, write: (note: FieldsNote) => Promise<number>) {
  const noted = new Map<string, number>();

  function missing(names: readonly string[]): string[] {
    if (noted.size === 0) return [...names];
    const time = now();
    for (const [name, at] of noted) if (!isFresh(at, time)) noted.delete(name);
    const room = Math.max(0, MOST_AN_HOUR - noted.size);
    return names.filter((name) => !noted.has(name)).slice(0, room);
  }

  return async function noteFields(names: readonly string[], document: DocumentId): Promise<void> {
    const left = missing(boundNames(names));
    if (left.length === 0) return;
    const at = await write({ names: left, document });
    for (const name of left) noted.set(name, at);
  };
}
