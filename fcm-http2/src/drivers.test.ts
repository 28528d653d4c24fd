import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noCredential } from "./credential.ts";
import { createHttp2Transport, type Http2Options, type TransportEvent } from "./http2-transport.ts";
import { encode, FRAME, goaway, headers, reset, settings } from "./testing/raw-frames.ts";
import { type RawPeer, type RawServer, startRawServer } from "./testing/raw-peer.ts";
import { send, sendAll, startOne, tally } from "./testing/send.ts";
import { startStreamServer } from "./testing/stream-server.ts";
import type { Transport } from "./transport.ts";

const PROTOCOL_ERROR = 1;
const INTERNAL_ERROR = 2;
const FLOW_CONTROL_ERROR = 3;
const CANCEL = 8;
const COMPRESSION_ERROR = 9;
const HTTP_1_1_REQUIRED = 13;
const BROKEN = encode(FRAME.ping, 0, 0);

let server: RawServer;
let transport: Transport;
let events: TransportEvent[];
/** Connections that the server has seen to their ends. */
let ended: number;

beforeEach(async () => {
  server = await startRawServer();
  ended = 0;
});
afterEach(async () => {
  await transport.close(0);
  await server.close();
});

function connect(options: Partial<Http2Options> = {}): void {
  events = [];
  transport = createHttp2Transport({
    endpoint: server.endpoint,
    project: "demo",
    credential: noCredential,
    maxConnections: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
}

/** Sends one message on the next connection, which ends without an answer: by what the server does. */
async function fail(end: (peer: RawPeer) => void): Promise<void> {
  const answer = send(transport);
  const peer = await server.peer(ended++);
  await peer.requests(1);
  end(peer);
  expect(await answer).toMatchObject({ kind: "no-answer" });
  await peer.closed;
}

/** Sends one message on the next connection and has it answered, then ends the connection. */
async function succeed(end: (peer: RawPeer) => void): Promise<void> {
  const answer = send(transport);
  const peer = await server.peer(ended++);
  await peer.requests(1);
  peer.send(headers(1, 200, true));
  expect(await answer).toMatchObject({ status: 200 });
  end(peer);
  await peer.closed;
}

const breakOff = (peer: RawPeer) => peer.send(BROKEN);
const close = (peer: RawPeer) => void peer.socket.end();
const fallbacks = () => events.filter(({ kind }) => kind === "fallback");

describe("three connections in a row that ended by a protocol error without an answer", () => {
  test.for<[how: string, cause: string, end: (peer: RawPeer) => void]>([
    ["a frame that breaks the protocol", "protocol:FRAME_SIZE_ERROR", breakOff],
    ["a GOAWAY that blames us", "goaway:PROTOCOL_ERROR", (peer) => peer.send(goaway(1, PROTOCOL_ERROR))],
    [
      "a GOAWAY over our header fields",
      "goaway:COMPRESSION_ERROR",
      (peer) => peer.send(goaway(1, COMPRESSION_ERROR)),
    ],
    ["a reset that blames us", "rst:FLOW_CONTROL_ERROR", (peer) => peer.send(reset(1, FLOW_CONTROL_ERROR))],
  ])("leave Node's driver in charge: %s", async ([, cause, end]) => {
    connect();
    await fail(end);
    await fail(end);
    expect(fallbacks()).toEqual([]);
    await fail(end);
    expect(fallbacks()).toEqual([{ kind: "fallback", cause }]);
    await succeed(close);
  });

  test("count although they never came to open", async () => {
    await server.close();
    server = await startRawServer([BROKEN]);
    connect();
    for (let round = 0; round < 3; round++) expect(await send(transport)).toEqual({ kind: "not-processed" });
    expect(fallbacks()).toHaveLength(1);
  });

  test("are not only what three connections at once see: those that wait go on with Node's driver", async () => {
    connect({ maxConnections: 3, streamsPerConnection: 1 });
    const answers = sendAll(transport, ["1", "2", "3", "4", "5"]);
    const peers = [await server.peer(0), await server.peer(1), await server.peer(2)];
    for (const peer of peers) await peer.requests(1);
    for (const peer of peers) peer.send(goaway(1, PROTOCOL_ERROR));
    for (const number of [3, 4]) {
      const peer = await server.peer(number);
      const [id = 0] = await peer.requests(1);
      peer.send(headers(id, 200, true), goaway(id, 0));
    }
    expect(tally(await answers)).toEqual({ "no-answer": 3, 200: 2 });
    expect(fallbacks()).toHaveLength(1);
  });

  test("are the last of our driver: Node's stays, whatever ends its connections", async () => {
    connect();
    for (let round = 0; round < 3; round++) await fail(breakOff);
    for (let round = 0; round < 3; round++) await fail((peer) => peer.send(goaway(1, PROTOCOL_ERROR)));
    await succeed(close);
    expect(fallbacks()).toHaveLength(1);
    const peer = await server.peer(ended - 1);
    expect(await driverOf(peer)).toBe("node");
  });

  test("take no other connection of our driver along before it has finished what it began", async () => {
    connect({ maxConnections: 2, streamsPerConnection: 2 });
    await transport.slot();
    const old = startOne(transport);
    const first = await server.peer(0);
    await first.requests(1);
    first.send(settings(1));
    // Its own, and that it agrees to both of the server's.
    await first.frames(FRAME.settings, 3);
    ended = 1;
    for (let round = 0; round < 3; round++) await fail(breakOff);
    expect(fallbacks()).toHaveLength(1);
    expect(await driverOf(first)).toBe("fanfare");
    first.send(settings(100));
    await first.frames(FRAME.settings, 4);
    const next = send(transport);
    const other = await server.peer(4);
    await other.requests(1);
    other.send(headers(1, 200, true));
    expect(await next).toMatchObject({ status: 200 });
    first.send(headers(1, 200, true));
    expect(await old).toMatchObject({ status: 200 });
    await first.closed;
  });
});

describe("the fallback does not come of", () => {
  test("two such connections, and two more after an answer", async () => {
    connect();
    await fail(breakOff);
    await fail(breakOff);
    await succeed(close);
    await fail(breakOff);
    await fail(breakOff);
    await succeed(close);
    expect(fallbacks()).toEqual([]);
  });

  test("connections that broke off after an answer", async () => {
    connect();
    for (let round = 0; round < 4; round++) await succeed(breakOff);
    expect(fallbacks()).toEqual([]);
  });

  test("three connections at once that broke off, each after an answer of its own", async () => {
    connect({ maxConnections: 3, streamsPerConnection: 1 });
    const answers = [send(transport), send(transport), send(transport)];
    const peers = [await server.peer(0), await server.peer(1), await server.peer(2)];
    for (const peer of peers) await peer.requests(1);
    for (const peer of peers) peer.send(headers(1, 200, true));
    expect(tally(await Promise.all(answers))).toEqual({ 200: 3 });
    for (const peer of peers) breakOff(peer);
    for (const { closed } of peers) await closed;
    ended = 3;
    await succeed(close);
    expect(fallbacks()).toEqual([]);
  });

  test.for<[how: string, end: (peer: RawPeer) => void]>([
    ["are closed", close],
    ["are reset", (peer) => void peer.socket.resetAndDestroy()],
    ["end for a trouble of the server's own", (peer) => peer.send(goaway(1, INTERNAL_ERROR))],
    ["end as HTTP/2 is not wanted", (peer) => peer.send(goaway(1, HTTP_1_1_REQUIRED))],
    ["reset a stream for no fault of ours, and close", (peer) => peer.send(reset(1, CANCEL)) ?? close(peer)],
  ])("connections that %s, which neither count nor begin a new row", async ([, end]) => {
    connect();
    await fail(breakOff);
    await fail(breakOff);
    await fail(end);
    expect(fallbacks()).toEqual([]);
    await fail(breakOff);
    expect(fallbacks()).toHaveLength(1);
  });

  test("refused connections", async () => {
    connect();
    await server.close();
    for (let round = 0; round < 4; round++) expect(await send(transport)).toEqual({ kind: "not-processed" });
    expect(fallbacks()).toEqual([]);
  });

  test("anything where our driver was chosen", async () => {
    connect({ driver: "fanfare" });
    for (let round = 0; round < 4; round++) await fail(breakOff);
    expect(fallbacks()).toEqual([]);
  });
});

test("slots are neither lost nor doubled by the change of drivers", async () => {
  connect({ streamsPerConnection: 2 });
  for (let round = 0; round < 3; round++) await fail(breakOff);
  await transport.slot();
  await transport.slot();
  let third = false;
  const waiting = transport.slot().then(() => {
    third = true;
  });
  const answers = [startOne(transport), startOne(transport)];
  const peer = await server.peer(3);
  const [first = 0, second = 0] = await peer.requests(2);
  expect(third).toBe(false);
  peer.send(headers(first, 200, true));
  await waiting;
  peer.send(headers(second, 200, true));
  expect(tally(await Promise.all(answers))).toEqual({ 200: 2 });
  transport.unused();
});

test("a transport that is closed in the middle of the change answers everything", async () => {
  connect();
  await fail(breakOff);
  await fail(breakOff);
  const answers = [send(transport), send(transport), send(transport)];
  const peer = await server.peer(2);
  await peer.requests(3);
  const waiting = [transport.slot(), transport.slot()];
  peer.send(goaway(1, PROTOCOL_ERROR));
  await Promise.race(answers);
  const closed = transport.close();
  await Promise.all(waiting);
  const late = [startOne(transport), startOne(transport)];
  await closed;
  expect(tally(await Promise.all([...answers, ...late]))).toEqual({ "no-answer": 1, "not-processed": 4 });
});

test("Node's driver is used where it was chosen, from the first message on", async () => {
  const real = await startStreamServer({}, (stream) =>
    stream.respond({ ":status": 200 }, { endStream: true }),
  );
  connect({ driver: "node", endpoint: real.endpoint });
  expect(tally(await sendAll(transport, new Array(300).fill("{}")))).toEqual({ 200: 300 });
  expect(fallbacks()).toEqual([]);
  await transport.close();
  await real.kill();
});

/** By its first request: ours writes texts as they are, Node's in Huffman's code. */
async function driverOf(peer: RawPeer): Promise<"fanfare" | "node"> {
  const { payload } = await peer.frame(FRAME.headers);
  return payload.includes("messages:send") ? "fanfare" : "node";
}
