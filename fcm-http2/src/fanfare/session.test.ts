import { describe, expect, test } from "vitest";
import { NOT_FOUND, OK, response } from "../testing/answers.ts";
import { openBareSession } from "../testing/bare-session.ts";
import { block, data, encode, FLAG, FRAME, field, headers, settings, uint32 } from "../testing/raw-frames.ts";

/** A 503 by HPACK: the name of place 8 with a value of its own. */
const STATUS_503 = Buffer.from([0x08, 3, ...Buffer.from("503")]);
const STATUS_103 = Buffer.from([0x08, 3, ...Buffer.from("103")]);

describe("a header block", () => {
  const fields = Buffer.concat([STATUS_503, field("retry-after", "30", true), field("x", "y")]);

  test.for(Array.from({ length: fields.length + 1 }, (_, at) => at))(
    "may be cut in two after %i bytes",
    async (at) => {
      const { answers, receive } = await openBareSession(1);
      receive(
        encode(FRAME.headers, FLAG.endStream, 1, fields.subarray(0, at)),
        encode(FRAME.continuation, FLAG.endHeaders, 1, fields.subarray(at)),
      );
      expect(answers.get(1)).toEqual(response(503, "", "30"));
    },
  );

  test("may come byte by byte in continuations, and is read for the table all the same", async () => {
    const { answers, receive } = await openBareSession(2);
    receive(encode(FRAME.headers, 0, 1));
    for (const byte of fields) receive(encode(FRAME.continuation, 0, 1, Buffer.from([byte])));
    receive(encode(FRAME.continuation, FLAG.endHeaders, 1), data(1, "later"));
    receive(block(3, Buffer.concat([STATUS_503, Buffer.from([0xbe])]), true));
    expect(answers.get(1)).toEqual(response(503, "later", "30"));
    expect(answers.get(3)).toEqual(response(503, "", "30"));
  });

  test.for([
    ["padding", FLAG.padded, Buffer.concat([Buffer.from([3]), fields, Buffer.alloc(3)])],
    ["padding of nothing", FLAG.padded, Buffer.concat([Buffer.from([0]), fields])],
    ["a priority", FLAG.priority, Buffer.concat([uint32(0), Buffer.from([15]), fields])],
    [
      "both",
      FLAG.padded | FLAG.priority,
      Buffer.concat([Buffer.from([2]), uint32(0x80000003), Buffer.from([255]), fields, Buffer.alloc(2)]),
    ],
  ] as const)("may have %s", async ([, flags, payload]) => {
    const { answers, receive } = await openBareSession(1);
    receive(encode(FRAME.headers, FLAG.endHeaders | FLAG.endStream | flags, 1, payload));
    expect(answers.get(1)).toEqual(response(503, "", "30"));
  });

  test("may be a word in between, of which nothing is taken", async () => {
    const { answers, receive } = await openBareSession(1);
    const early = Buffer.concat([STATUS_103, field("retry-after", "9")]);
    receive(block(1, early), block(1, early), headers(1, 404), data(1, NOT_FOUND));
    expect(answers.get(1)).toEqual(response(404, NOT_FOUND));
  });

  test("may come behind the body, and ends it", async () => {
    const { answers, receive } = await openBareSession(1);
    const trailers = Buffer.concat([field("retry-after", "9"), field("grpc-status", "1")]);
    receive(headers(1, 404), data(1, NOT_FOUND, false));
    expect(answers.size).toBe(0);
    receive(block(1, trailers, true));
    expect(answers.get(1)).toEqual(response(404, NOT_FOUND));
  });
});

describe("a body", () => {
  test("may be padded", async () => {
    const { answers, receive } = await openBareSession(1);
    const padded = Buffer.concat([Buffer.from([4]), Buffer.from("half"), Buffer.alloc(4)]);
    receive(headers(1, 404), encode(FRAME.data, FLAG.padded, 1, padded));
    receive(encode(FRAME.data, FLAG.padded | FLAG.endStream, 1, Buffer.from([1, 33, 0])));
    expect(answers.get(1)).toEqual(response(404, "half!"));
  });

  test("may be in empty frames", async () => {
    const { answers, receive } = await openBareSession(1);
    receive(headers(1, 404), data(1, "", false), data(1, "a", false), data(1, "", false), data(1, ""));
    expect(answers.get(1)).toEqual(response(404, "a"));
  });
});

test("many answers in one packet, frame by frame in turn, are told apart", async () => {
  const { answers, receive } = await openBareSession(100);
  const ids = Array.from({ length: 100 }, (_, index) => 2 * index + 1);
  receive(...ids.map((id) => headers(id, 404)), ...ids.map((id) => data(id, `${id}`, false)));
  receive(...ids.reverse().map((id) => data(id, `-${id}`)));
  expect(answers.size).toBe(100);
  for (const id of ids) expect(answers.get(id)).toEqual(response(404, `${id}-${id}`));
});

describe("pieces of any size", () => {
  const stream = Buffer.concat([
    settings(50),
    headers(1, 404),
    encode(FRAME.ping, 0, 0, Buffer.from("12345678")),
    data(1, NOT_FOUND.slice(0, 5), false),
    encode(FRAME.headers, FLAG.endStream, 3, STATUS_503.subarray(0, 2)),
    encode(FRAME.continuation, FLAG.endHeaders, 3, STATUS_503.subarray(2)),
    data(1, NOT_FOUND.slice(5)),
    headers(5, 200, true),
  ]);

  async function expectAll(pieces: Buffer[]): Promise<void> {
    const { answers, limit, session, sent } = await openBareSession(3);
    for (const piece of pieces) session.receive(piece);
    expect([...answers.values()]).toEqual([response(503), response(404, NOT_FOUND), OK]);
    expect(limit()).toBe(50);
    expect((await sent(FRAME.ping)).map(({ flags, payload }) => [flags, payload.toString()])).toEqual([
      [FLAG.ack, "12345678"],
    ]);
  }

  test("byte by byte", () => expectAll(Array.from(stream, (byte) => Buffer.from([byte]))));

  test.for([2, 3, 5, 8, 9, 10, 17])("of %i bytes", async (size) => {
    const count = Math.ceil(stream.length / size);
    await expectAll(
      Array.from({ length: count }, (_, index) => stream.subarray(size * index, size * (index + 1))),
    );
  });

  test("cut in two at every place", async () => {
    for (let at = 0; at <= stream.length; at++)
      await expectAll([stream.subarray(0, at), stream.subarray(at)]);
  });
});
