import { hash } from "node:crypto";

/** Numbers from 0 to 1 (exclusive) that follow from the seed: a counter through a hash. */
export function createRandom(seed: string): () => number {
  let block = Buffer.alloc(0);
  let offset = 0;
  let blocks = 0;
  return () => {
    if (offset >= block.length) {
      // In one call: an address takes some ten blocks, and a hash object would cost more than its hash.
      block = hash("sha512", `${seed}/${blocks++}`, "buffer");
      offset = 0;
    }
    const value = block.readUInt32LE(offset) / 2 ** 32;
    offset += 4;
    return value;
  };
}
