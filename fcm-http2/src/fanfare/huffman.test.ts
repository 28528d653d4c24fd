import { describe, expect, test } from "vitest";
import { decodeHuffman } from "./huffman.ts";

const compressionError = expect.objectContaining({ name: "ProtocolError", code: 9 });

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

/** A code, filled up to whole bytes by ones. */
function padded(code: number, bits: number): Buffer {
  const text = code.toString(2).padStart(bits, "0");
  const bytes = text.padEnd(Math.ceil(bits / 8) * 8, "1").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

describe("the RFC's examples (RFC 7541, C.4 and C.6)", () => {
  test.for([
    ["www.example.com", "f1e3 c2e5 f23a 6ba0 ab90 f4ff"],
    ["no-cache", "a8eb 1064 9cbf"],
    ["custom-key", "25a8 49e9 5ba9 7d7f"],
    ["custom-value", "25a8 49e9 5bb8 e8b4 bf"],
    ["302", "6402"],
    ["307", "640e ff"],
    ["private", "aec3 771a 4b"],
    ["Mon, 21 Oct 2013 20:13:21 GMT", "d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff"],
    ["Mon, 21 Oct 2013 20:13:22 GMT", "d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff"],
    ["https://www.example.com", "9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3"],
    ["gzip", "9bd9 ab"],
    [
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
      `94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0
       03ed 4ee5 b106 3d50 07`,
    ],
  ] as const)("%s", ([text, code]) => {
    expect(decodeHuffman(hex(code))).toBe(text);
  });
});

/**
 * What no header field of a real server may hold, and so no encoder of one writes (RFC 7541, appendix B). Whatever
 * it may hold is written by Node's server in huffman-server.test.ts.
 */
const CONTROLS: readonly (readonly [symbol: number, code: number, bits: number])[] = [
  [0, 0x1ff8, 13],
  [1, 0x7fffd8, 23],
  [2, 0xfffffe2, 28],
  [3, 0xfffffe3, 28],
  [4, 0xfffffe4, 28],
  [5, 0xfffffe5, 28],
  [6, 0xfffffe6, 28],
  [7, 0xfffffe7, 28],
  [8, 0xfffffe8, 28],
  [9, 0xffffea, 24],
  [10, 0x3ffffffc, 30],
  [11, 0xfffffe9, 28],
  [12, 0xfffffea, 28],
  [13, 0x3ffffffd, 30],
  [14, 0xfffffeb, 28],
  [15, 0xfffffec, 28],
  [16, 0xfffffed, 28],
  [17, 0xfffffee, 28],
  [18, 0xfffffef, 28],
  [19, 0xffffff0, 28],
  [20, 0xffffff1, 28],
  [21, 0xffffff2, 28],
  [22, 0x3ffffffe, 30],
  [23, 0xffffff3, 28],
  [24, 0xffffff4, 28],
  [25, 0xffffff5, 28],
  [26, 0xffffff6, 28],
  [27, 0xffffff7, 28],
  [28, 0xffffff8, 28],
  [29, 0xffffff9, 28],
  [30, 0xffffffa, 28],
  [31, 0xffffffb, 28],
  [127, 0xffffffc, 28],
];

test.for(CONTROLS)("the control character %i", ([symbol, code, bits]) => {
  expect(decodeHuffman(padded(code, bits))).toBe(String.fromCharCode(symbol));
});

test("nothing is an empty text", () => {
  expect(decodeHuffman(hex(""))).toBe("");
});

test("a text of 100,000 characters is read", () => {
  expect(decodeHuffman(Buffer.alloc(62_500))).toBe("0".repeat(100_000));
});

describe("padding", () => {
  test.for([0, 1, 2, 3, 4, 5, 6, 7])("of %i ones is none of the text", (ones) => {
    // As many "0" of 5 bits as leave that many bits of the last byte.
    const count = [8, 3, 6, 1, 4, 7, 2, 5][ones] ?? 0;
    const bits = 5 * count;
    const code = padded(0, bits);
    expect(code.length * 8 - bits).toBe(ones);
    expect(decodeHuffman(code)).toBe("0".repeat(count));
  });

  test.for([
    ["of a whole byte", "6402 ff"],
    ["of four bytes, which is the end's code", "ffff ffff"],
    ["of zeros", "64"],
    ["with a zero in it", "1e"],
  ])("%s is refused", ([, code]) => {
    expect(() => decodeHuffman(hex(code ?? ""))).toThrow(compressionError);
  });
});
