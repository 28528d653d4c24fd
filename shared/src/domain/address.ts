import { cutUtf8, fitsUtf8 } from "./utf8.ts";

/**
 * The longest text that is taken for an address, in UTF-8 bytes; FCM's own have some 22 to 300. Firestore's index holds
 * no more than 1,500 bytes of a text and keeps longer ones in no order behind those, and it refuses a query with a value
 * of as many: whatever is longer could not be looked up, so neither pruned nor moved. The hundred bytes less are for
 * what is put behind the end of a run. (firebase.google.com/docs/firestore/quotas: indexed field value)
 */
export const MAX_ADDRESS_BYTES = 1_400;

/** Behind every text that begins with the same: in UTF-8 nothing sorts after it. */
export const LAST = "\u{10FFFF}";

/** Whether a text can be an address. */
export function isAddressable(text: string): boolean {
  return fitsUtf8(text, MAX_ADDRESS_BYTES);
}

/**
 * Whether white space is around a text. FCM knows no such address, refuses it, and would have its device pruned as
 * dead: it counts as none.
 */
export function isSpaced(text: string): boolean {
  return text.trim() !== text;
}

/**
 * Where the run of a text ends, in the order of addresses. A run is what reading and cutting do not part: an address by
 * itself, or all longer texts that begin with the same.
 */
export function endOfRun(text: string): string {
  return isAddressable(text) ? text : cutUtf8(text, MAX_ADDRESS_BYTES) + LAST;
}
