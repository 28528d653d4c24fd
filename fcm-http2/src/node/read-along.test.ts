import fc from "fast-check";
import { expect, test } from "vitest";
import { block, data, encode, FRAME, settings } from "../testing/raw-frames.ts";
import { createAlongReader } from "./read-along.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

const part = (stream: number) => ({ stream, isLast: false });
const last = (stream: number) => ({ stream, isLast: true });

test("the parts of messages are found in whatever pieces the frames come", () => {
  const said = Buffer.concat([
    PREFACE,
    settings(100),
    block(1, Buffer.alloc(40)),
    data(1, "a part", false),
    block(3, Buffer.alloc(0), true),
    encode(FRAME.ping, 1, 0, Buffer.alloc(8)),
    data(1, "the rest"),
    data(5, ""),
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: said.length }), { maxLength: 20 }), (cuts) => {
      const read = createAlongReader();
      const places = [0, ...cuts.toSorted((a, b) => a - b), said.length];
      const pieces = places.slice(1).map((end, index) => said.subarray(places[index], end));
      expect(pieces.flatMap(read)).toEqual([part(1), part(1), last(3), last(1), last(5)]);
    }),
  );
});

test("a frame is told by its head, before its last byte is there", () => {
  const read = createAlongReader();
  const frame = data(7, "body");
  expect(read(Buffer.concat([PREFACE, frame.subarray(0, 8)]))).toEqual([]);
  expect(read(frame.subarray(8, 9))).toEqual([last(7)]);
  expect(read(frame.subarray(9))).toEqual([]);
});
