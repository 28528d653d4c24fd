import { once } from "node:events";
import net, { type AddressInfo } from "node:net";

/** HTTP/2 frame types (RFC 9113, 6). */
export const FRAME = { data: 0, headers: 1, rst: 3, settings: 4, ping: 6, goaway: 7 } as const;

const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const PREFACE_BYTES = 24;

export interface Frame {
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
}

/**
 * The server's end of one connection, which sends the frames a test tells it to, in the order and in the packets it
 * tells it to. Node's own server cannot be made to break off where a test needs it to.
 */
export interface RawPeer {
  /** Resolves when so many requests have arrived whole, with all their stream ids. */
  requests(count: number): Promise<number[]>;
  /** Resolves with the first frame of that kind, past or future. */
  frame(type: number, streamId?: number): Promise<Frame>;
  /** Everything in one packet. */
  send(...frames: Buffer[]): void;
  /** From now on pings get no answer. */
  ignorePings(): void;
  socket: net.Socket;
  closed: Promise<void>;
}

export interface RawServer {
  endpoint: string;
  port: number;
  /** Resolves with the connection of that number, counted from 0. */
  peer(number: number): Promise<RawPeer>;
  connections(): number;
  close(): Promise<void>;
}

/** A server of raw peers. `greeting` is what each says first; by default SETTINGS without any setting. */
export async function startRawServer(greeting: Buffer[] = [settings()]): Promise<RawServer> {
  const peers: RawPeer[] = [];
  const arrivals = createLatch();
  const server = net.createServer((socket) => {
    peers.push(createPeer(socket, greeting));
    arrivals.check();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    peer: (number) => arrivals.until(() => peers[number]),
    connections: () => peers.length,
    async close() {
      server.close();
      for (const { socket } of peers) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

function createPeer(socket: net.Socket, greeting: Buffer[]): RawPeer {
  const frames: Frame[] = [];
  const arrivals = createLatch();
  const closed = Promise.withResolvers<void>();
  let pings = true;
  let unread: Buffer = Buffer.alloc(0);
  let preface = PREFACE_BYTES;

  // A packet that waits for the acknowledgement of the one before would come out of order with the test.
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("close", () => closed.resolve());
  socket.on("data", (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    if (unread.length < preface) return;
    unread = unread.subarray(preface);
    preface = 0;
    for (let frame = takeFrame(); frame !== undefined; frame = takeFrame()) {
      frames.push(frame);
      // The first frame of either side has to be its own SETTINGS: a peer that has not greeted says nothing at all.
      if (frame.type === FRAME.settings && frame.flags !== ACK && greeting.length > 0)
        socket.write(encode(FRAME.settings, ACK, 0));
      if (frame.type === FRAME.ping && pings) socket.write(encode(FRAME.ping, ACK, 0, frame.payload));
    }
    arrivals.check();
  });
  socket.write(Buffer.concat(greeting));

  function takeFrame(): Frame | undefined {
    if (unread.length < 9) return undefined;
    const end = 9 + unread.readUIntBE(0, 3);
    if (unread.length < end) return undefined;
    const [type, flags] = [unread.readUInt8(3), unread.readUInt8(4)];
    const frame = { type, flags, streamId: unread.readUInt32BE(5), payload: unread.subarray(9, end) };
    unread = unread.subarray(end);
    return frame;
  }

  return {
    requests: (count) =>
      arrivals.until(() => {
        const whole = frames.filter(({ type, flags }) => type === FRAME.data && flags & END_STREAM);
        return whole.length >= count ? whole.map(({ streamId }) => streamId) : undefined;
      }),
    frame: (type, streamId) =>
      arrivals.until(() =>
        frames.find(
          (frame) => frame.type === type && (streamId === undefined || frame.streamId === streamId),
        ),
      ),
    send: (...parts) => void socket.write(Buffer.concat(parts)),
    ignorePings() {
      pings = false;
    },
    socket,
    closed: closed.promise,
  };
}

/** Lets a test wait for what arrives, without a clock: every arrival asks all open questions again. */
function createLatch() {
  const questions = new Set<() => void>();
  return {
    check() {
      for (const ask of questions) ask();
    },
    until<T>(question: () => T | undefined): Promise<T> {
      const answer = Promise.withResolvers<T>();
      const ask = () => {
        const found = question();
        if (found === undefined) return;
        questions.delete(ask);
        answer.resolve(found);
      };
      questions.add(ask);
      ask();
      return answer.promise;
    },
  };
}

function encode(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export function settings(maxConcurrentStreams?: number): Buffer {
  if (maxConcurrentStreams === undefined) return encode(FRAME.settings, 0, 0);
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(3, 0);
  payload.writeUInt32BE(maxConcurrentStreams, 2);
  return encode(FRAME.settings, 0, 0, payload);
}

/** HPACK's static table has these statuses as one byte (RFC 7541, appendix A). */
const STATUS = { 200: 0x88, 400: 0x8c, 404: 0x8d, 500: 0x8e } as const;

export function headers(streamId: number, status: keyof typeof STATUS, end = false): Buffer {
  const flags = END_HEADERS | (end ? END_STREAM : 0);
  return encode(FRAME.headers, flags, streamId, Buffer.from([STATUS[status]]));
}

export function data(streamId: number, text: string, end = true): Buffer {
  return encode(FRAME.data, end ? END_STREAM : 0, streamId, Buffer.from(text));
}

export function reset(streamId: number, code: number): Buffer {
  return encode(FRAME.rst, 0, streamId, uint32(code));
}

export function goaway(lastStreamId: number, code: number): Buffer {
  return encode(FRAME.goaway, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code)]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
