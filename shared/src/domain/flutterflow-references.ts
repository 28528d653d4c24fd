/** References to users that are named one by one where they are refused; a list of thousands would hide the rest. */
const NAMED = 20;

/** How programs write that they have no value. */
const NO_VALUE = /^(null|undefined|none|nil|nan|false)$/i;
/** Of a list, a map or a quoted text that was put in as its text. A user's id may have them where it is a whole path. */
const BRACKET_OR_QUOTE = /[[\]{}()<>"']/;

/**
 * The users that a document lists, each once; undefined where it lists none. A list comes as a text with commas, an
 * array, or a single reference. Where a text stands for no reference (`[]`, `null`), the writer lost one: taken as a
 * user's id it would reach no device, and be called a success.
 */
export function readReferences(value: unknown, fault: (message: string) => void): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const listed = typeof value === "string" ? value.split(",") : value;
  if (!Array.isArray(listed) || !listed.every((one) => one === null || typeof one === "string")) {
    fault("must be user documents' paths, separated by commas");
    return [];
  }
  const users = [...new Set(listed.map((one) => tidyReference(one ?? "")).filter((one) => one !== ""))];
  const lost = users.filter(isLost);
  for (const one of lost.slice(0, NAMED)) fault(`${JSON.stringify(one)} is not a reference to a user`);
  if (lost.length > NAMED) fault(`${lost.length - NAMED} more are not references to users`);
  return users.length > 0 ? users : undefined;
}

function isLost(reference: string): boolean {
  return !reference.includes("/") && (NO_VALUE.test(reference) || BRACKET_OR_QUOTE.test(reference));
}

/** A reference as people type or copy it: with spaces, slashes too many, or the whole name of the document. */
export function tidyReference(text: string): string {
  return text
    .trim()
    .replace(/^\/?projects\/[^/]+\/databases\/[^/]+\/documents\//, "")
    .replace(/\/{2,}/g, "/")
    .replace(/^\/|\/$/g, "");
}
