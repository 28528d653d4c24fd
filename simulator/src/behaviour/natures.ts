import { hashAddress, mix, toUnit } from "./hash.ts";

/** An address that contains one of these has that nature under every seed, so that a seeder can mint it. */
export const MARKS = {
  dead: ":DEAD_",
  foreign: ":FOREIGN_",
  malformed: ":MALFORMED_",
  /** An iOS device of another app of the project. */
  notForTopic: ":NOTTOPIC_",
  /** A 400, 401 or 404 for this address alone, with no detail that says why. */
  bareInvalid: ":BAD400_",
  bareUnauthenticated: ":BAD401_",
  bareNotFound: ":BAD404_",
  /** The key of its platform (APNs, web push) does not hold for its app. */
  withoutKey: ":NOKEY_",
  /** A device that has had too many messages; after a few attempts it takes more. */
  limited: ":LIMITED_",
} as const;

type Marked = keyof typeof MARKS;

/**
 * What an address is, whatever is sent to it: each nature but `fine` has one answer, for ever, and `limited` for the
 * faulty attempts. Only `dead` and `malformed` addresses do not live.
 */
export type Nature = "fine" | Marked;

/** Shares of all addresses, each in [0, 1], together at most 1; the rest is fine. */
export type Shares = Record<Marked, number>;

/** In the order in which one draw is cut among them. */
export const NATURES = Object.keys(MARKS) as readonly Marked[];

export const NO_SHARES = Object.fromEntries(NATURES.map((nature) => [nature, 0])) as Shares;

/** Shorter addresses are malformed. Real tokens have about 150 characters, installation ids 22. */
export const SHORTEST_ADDRESS = 8;

const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/;
const NATURE_SALT = 0;

/**
 * The nature of an address: by its mark, else by its form (white space, non-ASCII characters or fewer than 8
 * characters are malformed), else by hash. The same for every caller that knows seed and shares.
 */
export function natureOf(address: string, seed: string | number, shares: Partial<Shares>): Nature {
  return natureByHash(address, hashAddress(seed, address), shares);
}

/** As `natureOf`, for a caller that has the address's hash already. */
export function natureByHash(address: string, hash: number, shares: Partial<Shares>): Nature {
  for (const nature of NATURES) if (address.includes(MARKS[nature])) return nature;
  if (address.length < SHORTEST_ADDRESS || NOT_VISIBLE_ASCII.test(address)) return "malformed";
  const draw = toUnit(mix(hash, NATURE_SALT));
  let below = 0;
  for (const nature of NATURES) {
    below += shares[nature] ?? 0;
    if (draw < below) return nature;
  }
  return "fine";
}

const LETTERS = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/**
 * Mints an address in the form of a registration token (22 characters, a colon, about 134 more). It matches
 * `^[\w:-]+$`, but for a malformed one, which holds a space and a quote, as damaged data does. A `fine` one is only
 * unmarked: shares above 0 may still make it something else.
 *
 * @param random returns numbers in [0, 1), like `Math.random`
 */
export function markAddress(nature: Nature, random: () => number): string {
  const head = `${letters(22, random)}`;
  if (nature === "fine") return `${head}:APA91b${letters(128, random)}`;
  if (nature !== "malformed") return `${head}${MARKS[nature]}${letters(128, random)}`;
  return `${head}${MARKS.malformed}${letters(20, random)} "${letters(20, random)}`;
}

function letters(count: number, random: () => number): string {
  // Put together letter by letter, a text is a tree of its parts and takes kilobytes.
  const text = Buffer.allocUnsafe(count);
  for (let i = 0; i < count; i++) text[i] = LETTERS[Math.floor(random() * LETTERS.length)] ?? 0;
  return text.toString("latin1");
}
