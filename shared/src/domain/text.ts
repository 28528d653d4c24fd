import type { Problem } from "../errors.ts";

/**
 * What is wrong with a text, for any that is stored or sent: half of a surrogate pair has no form in UTF-8. Firestore
 * fails on it with errors that look as if they would pass, and other ways put U+FFFD in its place.
 */
export function textFault(text: string): string | undefined {
  if (text.isWellFormed()) return undefined;
  return `is not valid Unicode: half of a surrogate pair at character ${characterAt(text, /\p{Cs}/u)}`;
}

const CONTROL = /\p{Cc}/u;

/**
 * The same for what becomes an id, a key or a header, which control characters would end or forge. Titles, texts and
 * values of data may have them: line breaks and tabs are common, and FCM takes the others as well.
 */
export function nameFault(text: string): string | undefined {
  const fault = textFault(text);
  if (fault !== undefined || !CONTROL.test(text)) return fault;
  const at = text.search(CONTROL);
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  return `holds a control character (U+${code}) at character ${characterAt(text, CONTROL)}`;
}

/** Counted from 1, as a person counts: a pair of surrogates is one. */
function characterAt(text: string, what: RegExp): number {
  return [...text.slice(0, text.search(what))].length + 1;
}

/** Problems that are named one by one; a list of thousands would hide the rest. */
const NAMED = 20;

/**
 * Every text and key in a value that cannot be stored, by its path: so no field of any schema needs a rule of its own.
 * `__proto__` is refused with them, as a key of any object: schemas and copies would drop it without a word.
 * @param field the path of the value itself
 */
export function textProblems(value: unknown, field = ""): Problem[] {
  const problems: Problem[] = [];
  walk(value, field, (at, message) => void problems.push({ field: at.toWellFormed(), message }));
  if (problems.length <= NAMED) return problems;
  const more = `${problems.length - NAMED} more texts cannot be stored, for the same reasons`;
  return [...problems.slice(0, NAMED), { field, message: more }];
}

function walk(value: unknown, field: string, fault: (field: string, message: string) => void): void {
  if (typeof value === "string") {
    const message = textFault(value);
    if (message !== undefined) fault(field, message);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const at = field === "" ? key : `${field}.${key}`;
    const wrong = textFault(key);
    if (wrong !== undefined) fault(at, `is a key that ${wrong}`);
    if (key === "__proto__") fault(at, "is a key that cannot be used");
    walk(item, at, fault);
  }
}
