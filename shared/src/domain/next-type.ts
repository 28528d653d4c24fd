import { isBefore } from "./bounds.ts";
import { fold, MAX_TYPE_LENGTH, PLATFORM_NAMES } from "./registration.ts";

const WHITE_SPACE =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

/** Every character of a text that counts as a platform, in order. */
const CHARACTERS = [
  ...new Set([...WHITE_SPACE, ...".0123456789", ...PLATFORM_NAMES.flatMap(bothCases)]),
].sort();

function bothCases(name: string): string[] {
  return [...name.toLowerCase(), ...name.toUpperCase()];
}

/** Before every text that counts as a platform. */
export const FIRST_TYPE = "\t";

/**
 * The least text, in the order of UTF-8 bytes, that comes after a text and may count as a platform; null where none
 * does. A search that goes on from there passes over all that lies between, such as thousands of phones' models.
 */
export function nextType(text: string): string | null {
  let length = possibleLength(text);
  if (length === text.length) return `${text}\0`;
  for (; length >= 0; length--) {
    const start = text.slice(0, length);
    const behind = String.fromCodePoint(text.codePointAt(length) ?? 0);
    const next = CHARACTERS.find((character) => isBefore(behind, character) && isPossible(start + character));
    if (next !== undefined) return start + next;
  }
  return null;
}

/** How much of a text may begin one that counts as a platform. */
function possibleLength(text: string): number {
  let length = 0;
  while (length < text.length && isPossible(text.slice(0, length + 1))) length++;
  return length;
}

function isPossible(start: string): boolean {
  if (start.length > MAX_TYPE_LENGTH) return false;
  const folded = fold(start);
  const name = folded.replace(/\d[\d.]*$/, "");
  return PLATFORM_NAMES.some((one) => one === name || one.startsWith(folded));
}
