import { ERROR, ProtocolError } from "../error-codes.ts";

/**
 * HPACK's Huffman code (RFC 7541, appendix B), as the lengths of its codes: symbol 0 first, 256 (the end) last. The
 * code is canonical, so lengths are all there is to know: shorter codes come first, and those of one length in the
 * order of their symbols. Each entry is a length and for how many symbols in a row it holds.
 */
const LENGTHS: readonly (readonly [length: number, symbols: number])[] = [
  [13, 1],
  [23, 1],
  [28, 7],
  [24, 1],
  [30, 1],
  [28, 2],
  [30, 1],
  [28, 8],
  [30, 1],
  [28, 9],
  [6, 1],
  [10, 2],
  [12, 1],
  [13, 1],
  [6, 1],
  [8, 1],
  [11, 1],
  [10, 2],
  [8, 1],
  [11, 1],
  [8, 1],
  [6, 3],
  [5, 3],
  [6, 7],
  [7, 1],
  [8, 1],
  [15, 1],
  [6, 1],
  [12, 1],
  [10, 1],
  [13, 1],
  [6, 1],
  [7, 22],
  [8, 1],
  [7, 1],
  [8, 1],
  [13, 1],
  [19, 1],
  [13, 1],
  [14, 1],
  [6, 1],
  [15, 1],
  [5, 1],
  [6, 1],
  [5, 1],
  [6, 1],
  [5, 1],
  [6, 3],
  [5, 1],
  [7, 2],
  [6, 3],
  [5, 1],
  [6, 1],
  [7, 1],
  [6, 1],
  [5, 2],
  [6, 1],
  [7, 5],
  [15, 1],
  [11, 1],
  [14, 1],
  [13, 1],
  [28, 1],
  [20, 1],
  [22, 1],
  [20, 2],
  [22, 3],
  [23, 1],
  [22, 1],
  [23, 5],
  [24, 1],
  [23, 1],
  [24, 2],
  [22, 1],
  [23, 1],
  [24, 1],
  [23, 4],
  [21, 1],
  [22, 1],
  [23, 1],
  [22, 1],
  [23, 2],
  [24, 1],
  [22, 1],
  [21, 1],
  [20, 1],
  [22, 2],
  [23, 2],
  [21, 1],
  [23, 1],
  [22, 2],
  [24, 1],
  [21, 1],
  [22, 1],
  [23, 2],
  [21, 2],
  [22, 1],
  [21, 1],
  [23, 1],
  [22, 1],
  [23, 2],
  [20, 1],
  [22, 3],
  [23, 1],
  [22, 2],
  [23, 1],
  [26, 2],
  [20, 1],
  [19, 1],
  [22, 1],
  [23, 1],
  [22, 1],
  [25, 1],
  [26, 3],
  [27, 2],
  [26, 1],
  [24, 1],
  [25, 1],
  [19, 1],
  [21, 1],
  [26, 1],
  [27, 2],
  [26, 1],
  [27, 1],
  [24, 1],
  [21, 2],
  [26, 2],
  [28, 1],
  [27, 3],
  [20, 1],
  [24, 1],
  [20, 1],
  [21, 1],
  [22, 1],
  [21, 2],
  [23, 1],
  [22, 2],
  [25, 2],
  [24, 2],
  [26, 1],
  [23, 1],
  [26, 1],
  [27, 1],
  [26, 2],
  [27, 5],
  [28, 1],
  [27, 5],
  [26, 1],
  [30, 1],
];

const END = 256;
/** A leaf of the tree holds its symbol below zero, so that it differs from the number of a node. */
const TREE = growTree();

/** Nodes of two entries each, for a 0 and for a 1: the number of the next node, or `-1 - symbol`. */
function growTree(): Int16Array {
  const tree = new Int16Array(2 * (END + 1));
  const lengths = LENGTHS.flatMap(([length, symbols]) => new Array<number>(symbols).fill(length));
  const symbols = lengths.map((_, symbol) => symbol);
  symbols.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  let nodes = 1;
  let code = 0;
  let last = 0;
  for (const symbol of symbols) {
    const length = lengths[symbol] ?? 0;
    code = last === 0 ? 0 : (code + 1) * 2 ** (length - last);
    last = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const side = 2 * node + ((code >>> bit) & 1);
      if (tree[side] === 0) tree[side] = nodes++;
      node = tree[side] ?? 0;
    }
    tree[2 * node + (code & 1)] = -1 - symbol;
  }
  return tree;
}

/** @throws ProtocolError for what is no such code, or ends in more or other bits than the RFC lets it */
export function decodeHuffman(bytes: Uint8Array): string {
  let text = "";
  let node = 0;
  // Bits since the last symbol, and whether all of them were ones: what is left at the end must look like that.
  let depth = 0;
  let ones = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const value = (byte >>> bit) & 1;
      const next = TREE[2 * node + value] ?? 0;
      depth += 1;
      ones &&= value === 1;
      if (next >= 0) {
        node = next;
        continue;
      }
      if (next === -1 - END) throw new ProtocolError(ERROR.compression, "a string holds the end's code");
      text += String.fromCharCode(-1 - next);
      node = 0;
      depth = 0;
      ones = true;
    }
  }
  if (depth > 7 || !ones) throw new ProtocolError(ERROR.compression, "a string ends in the middle of a code");
  return text;
}
