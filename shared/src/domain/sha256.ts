import { sha256 as hash } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The SHA-256 of a text's UTF-8 bytes, in hex. Node's own takes a seventh of the time and is not in browsers, whose own
 * gives promises only. An id takes some microseconds here, and its write to a store a thousand times that.
 */
export function sha256(text: string): string {
  return bytesToHex(hash(utf8ToBytes(text)));
}
