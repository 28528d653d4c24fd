/**
 * The longest text that is taken for an address, in UTF-8 bytes. FCM's own have some 22 to 300; whatever is longer
 * than this is none, and would only make chunks too large.
 */
export const MAX_ADDRESS_BYTES = 4_096;

/**
 * Firestore's index holds no more of a text than this; what is longer it keeps in no order behind those bytes.
 * (firebase.google.com/docs/firestore/quotas: maximum size of an indexed field value)
 */
const INDEXED_BYTES = 1_500;

/** Behind every text that begins with the same: in UTF-8 nothing sorts after it. */
export const LAST = "\u{10FFFF}";

/** Whether a text can be an address at all. */
export function isAddressable(text: string): boolean {
  return text !== "" && fits(text, MAX_ADDRESS_BYTES);
}

/**
 * Where the run of an address ends, in the order of addresses. A run is what cannot be told apart by that order: an
 * address by itself, or all that have in common what the index holds of them. Reading goes on from such an end, and
 * the audience is cut at such ends only.
 */
export function endOfRun(address: string): string {
  if (fits(address, INDEXED_BYTES)) return address;
  const bytes = Buffer.from(address);
  let end = INDEXED_BYTES;
  // Not within a character: 10xxxxxx goes on with one.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end) + LAST;
}

/** A character of a string is three bytes at most, so that hardly any need be counted. */
function fits(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes;
}
