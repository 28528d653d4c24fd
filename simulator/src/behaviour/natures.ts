import { hashAddress, mix, toUnit } from "./hash.ts";

/** What an address is, whatever is sent to it: each nature but `fine` has one answer, for ever. */
export type Nature = "fine" | "dead" | "foreign" | "malformed";

/** Shares of all addresses, each in [0, 1], together at most 1; the rest is fine. */
export type Shares = { dead: number; foreign: number; malformed: number };

/** An address that contains one of these has that nature under every seed, so that a seeder can mint it. */
export const MARKS = { dead: ":DEAD_", foreign: ":FOREIGN_", malformed: ":MALFORMED_" } as const;

/** Shorter addresses are malformed. Real tokens have about 150 characters, installation ids 22. */
export const SHORTEST_ADDRESS = 8;

const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/;
const NATURE_SALT = 0;

/**
 * The nature of an address: by its mark, else by its form (white space, non-ASCII characters or fewer than 8
 * characters are malformed), else by hash. The same for every caller that knows seed and shares.
 */
export function natureOf(address: string, seed: string | number, shares: Shares): Nature {
  return natureByHash(address, hashAddress(seed, address), shares);
}

/** As `natureOf`, for a caller that has the address's hash already. */
export function natureByHash(address: string, hash: number, shares: Shares): Nature {
  if (address.includes(MARKS.dead)) return "dead";
  if (address.includes(MARKS.foreign)) return "foreign";
  if (address.includes(MARKS.malformed)) return "malformed";
  if (address.length < SHORTEST_ADDRESS || NOT_VISIBLE_ASCII.test(address)) return "malformed";
  const draw = toUnit(mix(hash, NATURE_SALT));
  if (draw < shares.dead) return "dead";
  if (draw < shares.dead + shares.foreign) return "foreign";
  if (draw < shares.dead + shares.foreign + shares.malformed) return "malformed";
  return "fine";
}

const LETTERS = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/**
 * Mints an address in the form of a registration token (22 characters, a colon, 134 more). `fine`, `dead` and
 * `foreign` ones match `^[\w:-]+$`; a malformed one holds a space and a quote, as damaged data does. A `fine`
 * one is only unmarked: shares above 0 may still make it something else.
 *
 * @param random returns numbers in [0, 1), like `Math.random`
 */
export function markAddress(nature: Nature, random: () => number): string {
  const head = `${letters(22, random)}`;
  switch (nature) {
    case "fine":
      return `${head}:APA91b${letters(128, random)}`;
    case "dead":
    case "foreign":
      return `${head}${MARKS[nature]}${letters(128, random)}`;
    case "malformed":
      return `${head}${MARKS.malformed}${letters(20, random)} "${letters(20, random)}`;
  }
}

function letters(count: number, random: () => number): string {
  // Put together letter by letter, a text is a tree of its parts and takes kilobytes.
  const text = Buffer.allocUnsafe(count);
  for (let i = 0; i < count; i++) text[i] = LETTERS[Math.floor(random() * LETTERS.length)] ?? 0;
  return text.toString("latin1");
}
