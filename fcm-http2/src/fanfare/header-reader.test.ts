import { describe, expect, test } from "vitest";
import { createHeaderReader } from "./header-reader.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");
const COMPRESSION_ERROR = 9;
const compressionError = expect.objectContaining({ name: "ProtocolError", code: COMPRESSION_ERROR });

/** Lets the table hold 256 bytes, as the examples of RFC 7541 with responses do. */
const SMALL = "3fe101";
/** The place in the table, from 62 on for what was remembered. */
const place = (number: number) => (0x80 | number).toString(16);

/** Reads each block in turn and gives the last one's result. */
function read(...blocks: string[]) {
  const readHeaders = createHeaderReader();
  return blocks.map((block) => readHeaders(hex(block))).at(-1);
}

const DATE = "4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32";
const COOKIE = `666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b
  206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`;
const EXAMPLES = {
  "C.5, plain": [
    `4803 3330 3258 0770 7269 7661 7465 611d ${DATE} 3120 474d 54
     6e17 6874 7470 733a 2f2f 7777 772e 6578 616d 706c 652e 636f 6d`,
    "4803 3330 37c1 c0bf",
    `88c1 611d ${DATE} 3220 474d 54c0 5a04 677a 6970 7738 ${COOKIE}`,
  ],
  "C.6, by Huffman's code": [
    `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e
     919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
    "4883 640e ffc1 c0bf",
    `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d
     d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
  ],
} as const;

describe.for(Object.entries(EXAMPLES))("the RFC's responses %s", ([, [first, second, third]]) => {
  const one = SMALL + first;

  test("bring their statuses", () => {
    expect(read(one)?.status).toBe(302);
    expect(read(one, second)?.status).toBe(307);
    expect(read(one, second, third)?.status).toBe(200);
  });

  test("leave four fields in the table after the first", () => {
    expect(read(one, place(65))?.status).toBe(302);
    expect(() => read(one, place(66))).toThrow(compressionError);
  });

  test("drop the oldest for the second", () => {
    expect(read(one, second, place(62))?.status).toBe(307);
    expect(read(one, second, place(65))?.status).toBe(0);
    expect(() => read(one, second, place(66))).toThrow(compressionError);
  });

  test("drop all but three for the third", () => {
    expect(read(one, second, third, place(64))?.status).toBe(0);
    expect(() => read(one, second, third, place(65))).toThrow(compressionError);
  });
});

describe.for([
  [
    "C.3, plain",
    "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
    "8286 84be 5808 6e6f 2d63 6163 6865",
    "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
  ],
  [
    "C.4, by Huffman's code",
    "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
    "8286 84be 5886 a8eb 1064 9cbf",
    "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
  ],
] as const)("the RFC's requests %s", ([, ...blocks]) => {
  test.for([1, 2, 3])("leave one more field in the table each (%i)", (count) => {
    const seen = blocks.slice(0, count);
    expect(read(...seen, place(61 + count))).toEqual({ status: 0, retryAfter: undefined });
    expect(() => read(...seen, place(62 + count))).toThrow(compressionError);
  });
});

describe("the forms of a literal (RFC 7541, C.2)", () => {
  test.for([
    ["with a new name, remembered", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", 1],
    ["with a known name, not remembered", "040c 2f73 616d 706c 652f 7061 7468", 0],
    ["with a new name, never to be remembered", "1008 7061 7373 776f 7264 0673 6563 7265 74", 0],
    ["a place only", "82", 0],
  ] as const)("%s", ([, block, remembered]) => {
    expect(() => read(block, place(61 + remembered))).not.toThrow();
    expect(() => read(block, place(62 + remembered))).toThrow(compressionError);
  });
});

const RETRY_AFTER = "0b72 6574 7279 2d61 6674 6572";
/** `retry-after: 30`, with its name spelled out and remembered. */
const WAIT_30 = `40 ${RETRY_AFTER} 02 3330`;

describe("Retry-After", () => {
  test.for([
    ["spelled out", `8e 00 ${RETRY_AFTER} 02 3330`],
    ["by the static table's name", "8e 0f26 02 3330"],
    ["by the name of a remembered field", `8e ${WAIT_30} 7e 02 3330 0f2f 02 3330`],
    ["by Huffman's code", "8e 0f26 82 64 1f"],
  ])("%s", ([, block]) => {
    expect(read(block ?? "")).toEqual({ status: 500, retryAfter: "30" });
  });

  test("comes with the date of its answer, by the static table's name", () => {
    const date = "Mon, 01 Mar 2027 12:00:00 GMT";
    const block = `8e 0f26 02 3330 0f12 1d ${Buffer.from(date).toString("hex")}`;
    expect(read(block)).toEqual({ status: 500, retryAfter: "30", date });
  });
});

describe("the table's size", () => {
  test("may be lowered, which forgets the oldest, and raised again to what we allow", () => {
    // Two fields of 45 bytes.
    const two = `${WAIT_30} 48 03 353033`;
    expect(read(two, place(62))?.status).toBe(503);
    expect(read(two, place(63))?.retryAfter).toBe("30");
    expect(read(two, `3f0e ${place(62)}`)?.status).toBe(503);
    expect(() => read(two, `3f0e ${place(63)}`)).toThrow(compressionError);
    expect(() => read(two, `20 3fe11f ${place(62)}`)).toThrow(compressionError);
    expect(read(two, `20 3fe11f ${two}`, place(63))?.retryAfter).toBe("30");
  });

  test("is at most what we allow", () => {
    expect(() => read("3fe11f 88")).not.toThrow();
    expect(() => read("3fe21f 88")).toThrow(compressionError);
  });

  test("of nothing remembers nothing", () => {
    expect(() => read("20", WAIT_30, place(62))).toThrow(compressionError);
  });

  test("below that of an entry leaves the table empty", () => {
    const large = `40 01 61 40 ${"62".repeat(64)}`;
    expect(() => read("3f41", WAIT_30, place(62))).not.toThrow();
    expect(read("3f41", WAIT_30, large, "88")?.status).toBe(200);
    expect(() => read("3f41", WAIT_30, large, place(62))).toThrow(compressionError);
  });

  test("counts 32 bytes for each entry beside its text", () => {
    expect(read(`3f0e ${WAIT_30}`, place(62))?.retryAfter).toBe("30");
    expect(() => read(`3f0d ${WAIT_30}`, place(62))).toThrow(compressionError);
  });
});

describe("a block that makes no sense", () => {
  test.for([
    ["place 0", "80"],
    ["a place behind the static table, with nothing remembered", "be"],
    ["the name of a place that is not there", "7f 00 02 3330"],
    ["an integer that does not end", "ff"],
    ["an integer that is too large", "ff ff ff ff ff ff 7f"],
    ["an integer that is zeros without an end", `ff ${"80".repeat(200)} 00`],
    ["a table's size that is zeros without an end", `3f ${"80".repeat(200)} 00`],
    ["a text's length that is zeros without an end", `00 7f ${"80".repeat(200)} 00`],
    ["a name that is cut off", "40 0a 6375"],
    ["no name", "40"],
    ["no value", "48"],
    ["a value that is cut off", "48 03 3330"],
    ["Huffman's code ended by zeros", "48 81 64"],
    ["Huffman's code with a byte of padding", "48 83 6402 ff"],
    ["Huffman's code for the end", "48 84 ffff ffff"],
    ["Huffman's code with its end in the middle", "48 85 ffff fffc 64"],
  ])("%s", ([, block]) => {
    expect(() => read(block ?? "")).toThrow(compressionError);
  });
});

test("an empty block has no fields", () => {
  expect(read("")).toEqual({ status: 0, retryAfter: undefined });
});
