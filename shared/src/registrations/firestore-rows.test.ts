import { describe, expect, test } from "vitest";
import { delimitedTag, varintTag, WireReader, writeField, writeNumber } from "../google/protobuf.ts";
import { createRowReader } from "./firestore-rows.ts";

const ROOT = "projects/p/databases/(default)/documents";
const readRow = createRowReader(ROOT);

const time = (seconds: number, nanos = 0) => [writeNumber(1, seconds), writeNumber(2, nanos)];
const text = (value: string) => [writeField(17, value)];
const timestamp = (seconds: number, nanos = 0) => [writeField(10, time(seconds, nanos))];
const field = (name: string, value: Buffer[]) => writeField(2, [writeField(1, name), writeField(2, value)]);
const name = (path: string) => writeField(1, `${ROOT}/${path}`);
const answer = (...document: Buffer[]) => writeField(1, document);
const createTime = (seconds: number, nanos = 0) => writeField(3, time(seconds, nanos));

/** Fields of every wire type under numbers that nobody here knows. */
const UNKNOWN = [
  writeNumber(900, 2 ** 40),
  writeField(901, "text"),
  Buffer.concat([Buffer.from([0x91, 0x38]), Buffer.alloc(8, 255)]),
  Buffer.concat([Buffer.from([0x9d, 0x38]), Buffer.alloc(4, 255)]),
];

test("a registration is what its document says", () => {
  const row = readRow(
    answer(
      name("users/Grüße 👋🏽/fcm_tokens/t"),
      field("fcm_token", text("値:APA91b")),
      field("kind", text("fid")),
      field("device_type", text("iOS")),
      field("created_at", timestamp(1_700_000_000, 123_999_999)),
      createTime(1_700_000_001),
      writeField(4, time(1_700_000_002)),
    ),
  );
  expect(row).toEqual({
    path: "users/Grüße 👋🏽/fcm_tokens/t",
    address: "値:APA91b",
    kind: "fid",
    deviceType: "iOS",
    createdAt: 1_700_000_000_123,
  });
});

test("fields that nobody knows are passed over, wherever they stand", () => {
  const token = writeField(2, [...UNKNOWN, writeField(1, "fcm_token"), ...UNKNOWN, writeField(2, text("a"))]);
  const created = writeField(3, [...UNKNOWN, ...time(5, 1_000_000), ...UNKNOWN]);
  const document = writeField(1, [...UNKNOWN, name("users/a/t/1"), token, ...UNKNOWN, created, ...UNKNOWN]);
  const message = Buffer.concat([...UNKNOWN, document, ...UNKNOWN]);
  expect(readRow(message)).toMatchObject({ path: "users/a/t/1", address: "a", createdAt: 5_001 });
});

test.each<[string, Buffer]>([
  ["nothing at all", Buffer.alloc(0)],
  ["how far the query is", Buffer.concat([writeField(3, time(5)), writeNumber(4, 7)])],
  ["its own statistics", writeField(11, [writeField(1, "x")])],
])("an answer with %s is no registration", (_, message) => {
  expect(readRow(message)).toBeNull();
});

test.each<[string, Buffer[], string | null]>([
  ["is absent", [], null],
  ["is empty", [field("fcm_token", text(""))], null],
  ["is null", [field("fcm_token", [writeNumber(11, 0)])], null],
  ["is a number", [field("fcm_token", [writeNumber(2, 7)])], null],
  ["is a list of texts", [field("fcm_token", [writeField(9, [writeField(1, text("a"))])])], null],
  ["is a reference", [field("fcm_token", [writeField(5, `${ROOT}/users/a`)])], null],
  ["is bytes", [field("fcm_token", [writeField(18, "a")])], null],
  ["has no value", [field("fcm_token", [])], null],
])("an address that %s is none", (_, fields, address) => {
  expect(readRow(answer(name("users/a/t/1"), ...fields, createTime(1)))?.address).toBe(address);
});

test("the earlier of the two times counts, whichever comes first", () => {
  const created = field("created_at", timestamp(9));
  const at = (...parts: Buffer[]) => readRow(answer(name("users/a/t/1"), ...parts))?.createdAt;
  expect(at(created, createTime(5))).toBe(5_000);
  expect(at(createTime(10), created)).toBe(9_000);
  expect(at(field("created_at", text("yesterday")), createTime(5))).toBe(5_000);
});

test("of a text that is too long for an address no more is kept than tells so", () => {
  const address = readRow(
    answer(name("users/a/t/1"), field("fcm_token", text("x".repeat(900_000)))),
  )?.address;
  expect(address).toHaveLength(1_401);
});

describe("a message that is damaged", () => {
  const whole = answer(name("users/a/t/1"), field("fcm_token", text("address")), createTime(1_700_000_000));

  test("is an error wherever it ends early, and never half a registration", () => {
    for (let length = 1; length < whole.length; length++)
      expect(() => readRow(whole.subarray(0, length)), `${length} bytes`).toThrow(RangeError);
  });

  test.each([3, 4, 6, 7])("by a field of type %i is an error", (type) => {
    expect(() => new WireReader(Buffer.from([0])).skip(8 + type)).toThrow(RangeError);
  });
});

test.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1])(
  "the number %i is read as written",
  (number) => {
    const reader = new WireReader(writeNumber(3, number));
    expect([reader.varint(), reader.varint()]).toEqual([varintTag(3), number]);
    expect(reader.at).toBe(reader.bytes.length);
  },
);

test("a text is read as written", () => {
  const reader = new WireReader(writeField(17, "Grüße 👋🏽"));
  expect(reader.varint()).toBe(delimitedTag(17));
  expect(reader.text(reader.end())).toBe("Grüße 👋🏽");
});
