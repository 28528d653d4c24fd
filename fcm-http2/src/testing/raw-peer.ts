import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { cutFrames, encode, FLAG, FRAME, type Frame, settings } from "./raw-frames.ts";

/**
 * The server's end of one connection, which sends the frames a test tells it to, in the order and in the packets it
 * tells it to. Node's own server cannot be made to break off where a test needs it to.
 */
export interface RawPeer {
  /** Resolves when so many requests have arrived whole, with all their stream ids. */
  requests(count: number): Promise<number[]>;
  /** Resolves with the first frame of that kind, past or future. */
  frame(type: number, streamId?: number): Promise<Frame>;
  /** Resolves when so many frames of that kind have arrived, with all of them. */
  frames(type: number, count: number): Promise<Frame[]>;
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

  // A packet that waits for the acknowledgement of the one before would come out of order with the test.
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("close", () => closed.resolve());
  socket.on("data", cutFrames(take));
  socket.write(Buffer.concat(greeting));

  function take(frame: Frame): void {
    frames.push(frame);
    // The first frame of either side has to be its own SETTINGS: a peer that has not greeted says nothing at all.
    if (frame.type === FRAME.settings && frame.flags !== FLAG.ack && greeting.length > 0)
      socket.write(encode(FRAME.settings, FLAG.ack, 0));
    if (frame.type === FRAME.ping && pings) socket.write(encode(FRAME.ping, FLAG.ack, 0, frame.payload));
    arrivals.check();
  }

  return {
    requests: (count) =>
      arrivals.until(() => {
        const whole = frames.filter(({ type, flags }) => type === FRAME.data && flags & FLAG.endStream);
        return whole.length >= count ? whole.map(({ streamId }) => streamId) : undefined;
      }),
    frame: (type, streamId) =>
      arrivals.until(() =>
        frames.find(
          (frame) => frame.type === type && (streamId === undefined || frame.streamId === streamId),
        ),
      ),
    frames: (type, count) =>
      arrivals.until(() => {
        const found = frames.filter((frame) => frame.type === type);
        return found.length >= count ? found : undefined;
      }),
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
