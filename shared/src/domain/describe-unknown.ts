import { onOneLine } from "./quote.ts";
import type { UnknownTypes } from "./unknown-types.ts";

/** Characters of a type that are shown. */
const SHOWN = 40;

/** Types by name, with how many registrations have them. They are any client's words: quoted, and cut. */
export function describeUnknown({ types, others }: UnknownTypes): string {
  const named = types.map(({ type, registrations }) => `${quoted(type)} (${registrations})`);
  return [...named, ...(others > 0 ? [`others (${others})`] : [])].join(", ");
}

function quoted(type: string): string {
  const characters = Array.from(type);
  const cut = characters.length > SHOWN ? `${characters.slice(0, SHOWN).join("")}…` : type;
  return onOneLine(JSON.stringify(cut));
}
