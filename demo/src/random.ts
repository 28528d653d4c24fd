import { createHash } from "node:crypto";

/** An address takes a hundred numbers and more: with small blocks, calling for them would cost more than they do. */
const BLOCK_BYTES = 8_192;

/** Numbers from 0 to 1 (exclusive) that follow from the seed: a counter through a hash. */
export function createRandom(seed: string): () => number {
  let block = Buffer.alloc(0);
  let offset = 0;
  let blocks = 0;
  return () => {
    if (offset >= block.length) {
      block = createHash("shake256", { outputLength: BLOCK_BYTES }).update(`${seed}/${blocks++}`).digest();
      offset = 0;
    }
    const value = block.readUInt32LE(offset) / 2 ** 32;
    offset += 4;
    return value;
  };
}
