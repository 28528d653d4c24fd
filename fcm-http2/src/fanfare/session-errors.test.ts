import { afterEach, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import { createHttp2Transport, type TransportEvent } from "../http2-transport.ts";
import {
  block,
  data,
  encode,
  FLAG,
  FRAME,
  field,
  headers,
  reset,
  settings,
  settingsOf,
  uint32,
  windowUpdate,
} from "../testing/raw-frames.ts";
import { type RawPeer, type RawServer, startRawServer } from "../testing/raw-peer.ts";
import { send } from "../testing/send.ts";
import type { Transport } from "../transport.ts";

const PROTOCOL = 1;
const FLOW_CONTROL = 3;
const FRAME_SIZE = 6;
const COMPRESSION = 9;
const NAMES: Record<number, string> = {
  [PROTOCOL]: "PROTOCOL_ERROR",
  [FLOW_CONTROL]: "FLOW_CONTROL_ERROR",
  [FRAME_SIZE]: "FRAME_SIZE_ERROR",
  [COMPRESSION]: "COMPRESSION_ERROR",
};

let server: RawServer;
let transport: Transport;
let events: TransportEvent[];

afterEach(async () => {
  await transport.close();
  await server.close();
});

async function connect(greeting?: Buffer[]): Promise<void> {
  events = [];
  server = await startRawServer(greeting);
  transport = createHttp2Transport({
    driver: "fanfare",
    endpoint: server.endpoint,
    project: "demo",
    credential: noCredential,
    maxConnections: 1,
    onEvent: (event) => events.push(event),
  });
}

async function expectGoaway(peer: RawPeer, code: number): Promise<void> {
  const { payload, streamId } = await peer.frame(FRAME.goaway);
  expect([streamId, payload.readUInt32BE(0), payload.readUInt32BE(4)]).toEqual([0, 0, code]);
  await peer.closed;
}

/** The next message goes out on a connection of its own, and is answered. */
async function expectGoesOn(number: number): Promise<void> {
  const next = send(transport);
  const peer = await server.peer(number);
  await peer.requests(1);
  peer.send(headers(1, 200, true));
  expect(await next).toMatchObject({ kind: "response", status: 200 });
}

const nothing = Buffer.alloc(0);
/** Streams 1 and 3 are open, 1 has its header but not its body. */
const OFFENCES: [what: string, code: number, ...frames: Buffer[]][] = [
  ["a frame larger than we allow", FRAME_SIZE, encode(FRAME.data, 0, 1, Buffer.alloc(16_385))],
  ["an unknown frame larger than we allow", FRAME_SIZE, encode(0x42, 0, 0, Buffer.alloc(16_385))],
  ["settings of 5 bytes", FRAME_SIZE, encode(FRAME.settings, 0, 0, Buffer.alloc(5))],
  ["settings on a stream", PROTOCOL, encode(FRAME.settings, 0, 1)],
  ["an agreement that says more", FRAME_SIZE, encode(FRAME.settings, FLAG.ack, 0, Buffer.alloc(6))],
  ["a ping of 7 bytes", FRAME_SIZE, encode(FRAME.ping, 0, 0, Buffer.alloc(7))],
  ["a ping's answer of 9 bytes", FRAME_SIZE, encode(FRAME.ping, FLAG.ack, 0, Buffer.alloc(9))],
  ["a ping on a stream", PROTOCOL, encode(FRAME.ping, 0, 1, Buffer.alloc(8))],
  ["a GOAWAY of 7 bytes", FRAME_SIZE, encode(FRAME.goaway, 0, 0, Buffer.alloc(7))],
  ["a GOAWAY on a stream", PROTOCOL, encode(FRAME.goaway, 0, 1, Buffer.alloc(8))],
  ["a reset of 3 bytes", FRAME_SIZE, encode(FRAME.rst, 0, 1, Buffer.alloc(3))],
  ["a reset of 5 bytes", FRAME_SIZE, encode(FRAME.rst, 0, 1, Buffer.alloc(5))],
  ["a window's growth in 3 bytes", FRAME_SIZE, encode(FRAME.windowUpdate, 0, 0, Buffer.alloc(3))],
  ["a window's growth in 5 bytes", FRAME_SIZE, encode(FRAME.windowUpdate, 0, 0, Buffer.alloc(5, 1))],
  ["a window that grows by nothing", PROTOCOL, windowUpdate(0, 0)],
  ["a stream's window that grows by nothing", PROTOCOL, windowUpdate(1, 0)],
  ["a window of more than 31 bits", FLOW_CONTROL, windowUpdate(0, 2 ** 31 - 1)],
  ["an initial window of 32 bits", FLOW_CONTROL, settingsOf([4, 2 ** 31])],
  ["frames that shall be smaller than they may", PROTOCOL, settingsOf([5, 16_383])],
  ["frames that shall be larger than they may", PROTOCOL, settingsOf([5, 2 ** 24])],
  ["a push", PROTOCOL, encode(FRAME.push, FLAG.endHeaders, 1, Buffer.concat([uint32(2), nothing]))],
  ...[0, 2, 99].flatMap((id): typeof OFFENCES => [
    [`a header on stream ${id}`, PROTOCOL, headers(id, 200, true)],
    [`a body on stream ${id}`, PROTOCOL, data(id, "x")],
    [`a reset of stream ${id}`, PROTOCOL, reset(id, 8)],
    [`a continuation on stream ${id}`, PROTOCOL, encode(FRAME.continuation, FLAG.endHeaders, id)],
  ]),
  ...[2, 99].map((id): (typeof OFFENCES)[number] => [`room on stream ${id}`, PROTOCOL, windowUpdate(id, 1)]),
  ["a body before its header", PROTOCOL, data(3, "x")],
  ["a continuation of nothing", PROTOCOL, encode(FRAME.continuation, FLAG.endHeaders, 1)],
  [
    "a continuation of another stream's",
    PROTOCOL,
    encode(FRAME.headers, 0, 3),
    encode(FRAME.continuation, FLAG.endHeaders, 1),
  ],
  ["another frame before the continuation", PROTOCOL, encode(FRAME.headers, 0, 3), windowUpdate(0, 1)],
  ["an unknown frame before the continuation", PROTOCOL, encode(FRAME.headers, 0, 3), encode(0x42, 0, 0)],
  [
    "a header of 66 KB",
    PROTOCOL,
    encode(FRAME.headers, 0, 3),
    ...new Array(5).fill(encode(FRAME.continuation, 0, 3, Buffer.alloc(14_000, 0x88))),
  ],
  [
    "a header that goes on with nothing for ever",
    PROTOCOL,
    encode(FRAME.headers, 0, 3),
    ...new Array(10_000).fill(encode(FRAME.continuation, 0, 3)),
  ],
  ["a header that is cut off", COMPRESSION, block(3, Buffer.from([0x08, 3, 0x35]), true)],
  ["a header that makes no sense", COMPRESSION, block(3, Buffer.from([0xff, 0xff]))],
  ["nonsense on a stream that is not there", COMPRESSION, block(99, Buffer.from([0x80]))],
  ["a response without a status", PROTOCOL, block(3, field("retry-after", "30"), true)],
  ["a response with nothing in its header", PROTOCOL, block(3, nothing)],
  ["a status that is no number", PROTOCOL, block(3, field(":status", "ok"), true)],
  ["a word in between that is the last", PROTOCOL, block(3, field(":status", "103"), true)],
  [
    "a header with more padding than it has bytes",
    PROTOCOL,
    encode(FRAME.headers, FLAG.endHeaders | FLAG.padded, 3, Buffer.from([2, 0x88])),
  ],
  [
    "a padded header without a length",
    PROTOCOL,
    encode(FRAME.headers, FLAG.endHeaders | FLAG.padded, 3, nothing),
  ],
  [
    "a body with more padding than it has bytes",
    PROTOCOL,
    encode(FRAME.data, FLAG.padded, 1, Buffer.from([3, 1, 2])),
  ],
  [
    "a body that is padding and less",
    PROTOCOL,
    encode(FRAME.data, FLAG.padded | FLAG.endStream, 1, Buffer.from([1])),
  ],
];

describe("a connection is over, and only that, when its server sends", () => {
  test.for(OFFENCES)("%s", async ([, code, ...frames]) => {
    await connect();
    const answers = [send(transport), send(transport)];
    const peer = await server.peer(0);
    await peer.requests(2);
    peer.send(headers(1, 404), ...frames);
    const cause = `protocol:${NAMES[code]}`;
    expect(await Promise.all(answers)).toEqual([
      { kind: "no-answer", cause: "cut:404" },
      { kind: "no-answer", cause },
    ]);
    await expectGoaway(peer, code);
    await expectGoesOn(1);
    expect(events).toEqual([
      { kind: "connected" },
      { kind: "connection-lost", cause },
      { kind: "connected" },
    ]);
  });

  test("a window of more than 31 bits on a stream whose body waits", async () => {
    await connect([settingsOf([4, 10])]);
    const answer = send(transport, "longer than the window is");
    const peer = await server.peer(0);
    await peer.frame(FRAME.data);
    peer.send(windowUpdate(1, 2 ** 31 - 1), windowUpdate(1, 2 ** 31 - 1));
    expect(await answer).toEqual({ kind: "no-answer", cause: "protocol:FLOW_CONTROL_ERROR" });
    await expectGoaway(peer, FLOW_CONTROL);
    await expectGoesOn(1);
  });

  test("a body with too much padding in a response of which only the status counts", async () => {
    await connect();
    const answer = send(transport);
    const peer = await server.peer(0);
    await peer.requests(1);
    peer.send(headers(1, 200), encode(FRAME.data, FLAG.padded, 1, Buffer.from([3, 1, 2])));
    expect(await answer).toMatchObject({ kind: "response", status: 200 });
    await expectGoaway(peer, PROTOCOL);
    await expectGoesOn(1);
  });

  test("a status of nothing in a response whose body has none either", async () => {
    await connect();
    const answer = send(transport);
    const peer = await server.peer(0);
    await peer.requests(1);
    peer.send(block(1, field(":status", "")), data(1, ""));
    expect(await answer).toEqual({ kind: "no-answer", cause: "protocol:PROTOCOL_ERROR" });
    await expectGoaway(peer, PROTOCOL);
  });
});

describe("a server that does not begin with its settings", () => {
  const HTTP_1 = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
  test.for([
    ["but with a ping", PROTOCOL, encode(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ["but with an agreement to ours", PROTOCOL, encode(FRAME.settings, FLAG.ack, 0)],
    ["but with an unknown frame", PROTOCOL, encode(0x42, 0, 0)],
    ["but with HTTP/1.1", FRAME_SIZE, Buffer.from(HTTP_1)],
    ["but with settings of 5 bytes", FRAME_SIZE, encode(FRAME.settings, 0, 0, Buffer.alloc(5))],
  ] as const)("%s, gets no message", async ([, code, greeting]) => {
    await connect([greeting]);
    expect(await send(transport)).toEqual({ kind: "not-processed" });
    const peer = await server.peer(0);
    await expectGoaway(peer, code);
    expect(events[0]).toEqual({ kind: "connect-failed", cause: `protocol:${NAMES[code]}` });
  });
});

test("what a server says behind its offence counts no more", async () => {
  await connect();
  const answers = [send(transport), send(transport)];
  const peer = await server.peer(0);
  await peer.requests(2);
  peer.send(headers(1, 200, true), windowUpdate(0, 0), headers(3, 200, true));
  expect(await Promise.all(answers)).toEqual([
    expect.objectContaining({ status: 200 }),
    { kind: "no-answer", cause: "protocol:PROTOCOL_ERROR" },
  ]);
});

test("an offence on a connection that only finishes what it has begun costs nothing else", async () => {
  await connect();
  const old = send(transport);
  const peer = await server.peer(0);
  await peer.requests(1);
  peer.send(encode(FRAME.goaway, 0, 0, Buffer.concat([uint32(1), uint32(0)])));
  await peer.frame(FRAME.goaway);
  await expectGoesOn(1);
  peer.send(settings(1), encode(FRAME.ping, 0, 0));
  expect(await old).toEqual({ kind: "no-answer", cause: "protocol:FRAME_SIZE_ERROR" });
  await peer.closed;
  expect(server.connections()).toBe(2);
});
