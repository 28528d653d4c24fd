import fc from "fast-check";
import { expect, test } from "vitest";
import { ProtocolError } from "../error-codes.ts";
import { openBareSession } from "../testing/bare-session.ts";
import {
  block,
  data,
  encode,
  FLAG,
  FRAME,
  field,
  goaway,
  headers,
  reset,
  settingsOf,
  windowUpdate,
} from "../testing/raw-frames.ts";

const CALLS = 5;
const aStream = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(1, 3, 5, 7, 9) }, fc.nat({ max: 14 }));
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

const anyBytes = bytes(400);
const anyFrame = fc
  .tuple(fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 255 })), fc.nat({ max: 255 }), aStream, bytes(40))
  .map(([type, flags, stream, payload]) => encode(type, flags, stream, payload));
/** What is right by itself, though perhaps not in its place. */
const likelyFrame = fc.oneof(
  aStream.map((id) => headers(id, 200, true)),
  aStream.map((id) => headers(id, 404)),
  aStream.map((id) => block(id, Buffer.concat([field(":status", "503"), field("retry-after", "9", true)]))),
  aStream.map((id) => block(id, Buffer.from([0x8e, 0xbe]), true)),
  fc.tuple(aStream, fc.string(), fc.boolean()).map(([id, text, end]) => data(id, text, end)),
  fc.tuple(aStream, fc.nat({ max: 14 })).map(([id, code]) => reset(id, code)),
  fc.tuple(fc.constant(0), fc.nat({ max: 400_000 })).map(([id, size]) => windowUpdate(id, size)),
  fc.tuple(aStream, fc.nat({ max: 400 })).map(([id, size]) => windowUpdate(id, size)),
  fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 70_000 })).map((pair) => settingsOf(pair)),
  fc.tuple(aStream, fc.nat({ max: 13 })).map(([id, code]) => goaway(id, code)),
  bytes(30).map((fields) => encode(FRAME.headers, 0, 1, fields)),
  bytes(30).map((fields) => encode(FRAME.continuation, FLAG.endHeaders, 1, fields)),
  fc.constant(encode(FRAME.ping, 0, 0, Buffer.alloc(8))),
);
const answers = fc
  .constantFrom(1, 3, 5, 7, 9)
  .map((id) => Buffer.concat([headers(id, 404), data(id, "gone")]));
/** Answers of which some bytes came out wrong. */
const damaged = fc
  .tuple(
    fc.array(answers, { minLength: 1, maxLength: 5 }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }),
  )
  .map(([parts, flips]) => {
    const whole = Buffer.concat(parts);
    for (const [place, mask] of flips)
      whole[place % whole.length] = (whole[place % whole.length] ?? 0) ^ mask;
    return whole;
  });

type Step = { do: "receive"; bytes: Buffer } | { do: "request" } | { do: "cancel"; index: number };
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .oneof({ weight: 5, arbitrary: likelyFrame }, anyFrame, anyBytes, damaged)
      .map((bytes): Step => ({ do: "receive", bytes })),
  },
  fc.constant<Step>({ do: "request" }),
  fc.nat({ max: CALLS }).map((index): Step => ({ do: "cancel", index })),
);

test("whatever comes, each call is answered once or left to be taken back, and errors are the protocol's", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { maxLength: 25 }),
      fc.integer({ min: 1, max: 50 }),
      async (steps, size) => {
        const bare = await openBareSession();
        bare.receive(settingsOf([4, 20]));
        await bare.request(CALLS, "longer than the window");
        const cancelled = new Set<number>();
        try {
          for (const step of steps) await take(step);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
        const left = bare.session.takeAll().map(({ index }) => 2 * index + 1);
        const all = bare.calls.map(({ index }) => 2 * index + 1);
        expect([...bare.answers.keys(), ...left, ...cancelled].sort((a, b) => a - b)).toEqual(all);
        expect(bare.session.takeAll()).toEqual([]);

        async function take(step: Step): Promise<void> {
          if (step.do === "request") return bare.request(1);
          if (step.do === "receive") {
            for (let at = 0; at < step.bytes.length; at += size)
              bare.receive(step.bytes.subarray(at, at + size));
            return;
          }
          const call = bare.calls[step.index];
          if (!call || bare.answers.has(2 * step.index + 1)) return;
          bare.session.cancel(call);
          cancelled.add(2 * step.index + 1);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

interface Response {
  status: number;
  retryAfter: string | undefined;
  chunks: string[];
  padding: number;
  headerCut: number;
  interim: boolean;
  trailers: boolean;
}

const aResponse: fc.Arbitrary<Response> = fc.record({
  status: fc.constantFrom(200, 400, 404, 429, 500, 503),
  retryAfter: fc.option(fc.constantFrom("1", "30", "Mon, 21 Oct 2030 20:13:22 GMT"), { nil: undefined }),
  chunks: fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 4 }),
  padding: fc.nat({ max: 20 }),
  headerCut: fc.nat({ max: 80 }),
  interim: fc.boolean(),
  trailers: fc.boolean(),
});

/** The frames of a response; those of one header block stay together. */
function framesOf(id: number, response: Response): Buffer[] {
  const { status, retryAfter, chunks, interim, trailers } = response;
  const fields = [field(":status", `${status}`), field(`x-${id}`, "y".repeat(id), true)];
  if (retryAfter !== undefined) fields.push(field("retry-after", retryAfter, true));
  const endsWithHeader = chunks.length === 0 && !trailers;
  const frames = interim ? [headerOf(id, response, field(":status", "103"), false)] : [];
  frames.push(headerOf(id, response, Buffer.concat(fields), endsWithHeader));
  for (const [index, chunk] of chunks.entries())
    frames.push(dataOf(id, response, chunk, index === chunks.length - 1 && !trailers));
  if (trailers) frames.push(headerOf(id, response, field("grpc-status", "0", true), true));
  return frames;
}

function headerOf(id: number, { headerCut, padding }: Response, fields: Buffer, end: boolean): Buffer {
  const cut = headerCut % fields.length;
  const first = Buffer.concat([Buffer.from([padding]), fields.subarray(0, cut), Buffer.alloc(padding)]);
  return Buffer.concat([
    encode(FRAME.headers, FLAG.padded | (end ? FLAG.endStream : 0), id, first),
    encode(FRAME.continuation, FLAG.endHeaders, id, fields.subarray(cut)),
  ]);
}

function dataOf(id: number, { padding }: Response, chunk: string, end: boolean): Buffer {
  const payload = Buffer.concat([Buffer.from([padding]), Buffer.from(chunk), Buffer.alloc(padding)]);
  return encode(FRAME.data, FLAG.padded | (end ? FLAG.endStream : 0), id, payload);
}

/** Takes from the lists in turns that chance chooses, each list in its order. */
function interleave(lists: Buffer[][], choices: number[]): Buffer[] {
  const left = lists.map((list) => [...list]);
  const mixed: Buffer[] = [];
  for (let turn = 0; left.some((list) => list.length > 0); turn++) {
    const open = left.filter((list) => list.length > 0);
    const next = open[(choices[turn % choices.length] ?? 0) % open.length]?.shift();
    if (next) mixed.push(next);
  }
  return mixed;
}

test("however the answers are written, mixed and cut, they are what was meant", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aResponse, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 300 }),
      async (responses, choices, size) => {
        const { answers, receive } = await openBareSession(responses.length);
        const frames = responses.map((response, index) => framesOf(2 * index + 1, response));
        const all = Buffer.concat(interleave(frames, choices));
        for (let at = 0; at < all.length; at += size) receive(all.subarray(at, at + size));
        for (const [index, { status, retryAfter, chunks }] of responses.entries()) {
          const plain = { kind: "response", status: 200, body: "", retryAfter: undefined };
          const answer = { kind: "response", status, retryAfter, body: chunks.join("") };
          expect(answers.get(2 * index + 1)).toEqual(status === 200 ? plain : answer);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
