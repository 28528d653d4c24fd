/**
 * Spreads a 32-bit number so that neighbouring inputs share no bits (MurmurHash3's finaliser). One hash of an
 * address serves many independent draws, each with a salt of its own.
 */
export function mix(hash: number, salt: number): number {
  let h = hash ^ Math.imul(salt + 1, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 code units, then mixed: 32 unsigned bits. `start` chains hashes. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let h = start;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h, text.length);
}

/** The hash from which everything that happens to one address is drawn. */
export function hashAddress(seed: string | number, address: string): number {
  return hashText(address, hashText(String(seed)));
}

/** A hash as a number in [0, 1). */
export function toUnit(hash: number): number {
  return hash / 0x1_0000_0000;
}
