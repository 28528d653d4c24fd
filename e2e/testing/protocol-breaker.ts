import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { cutFrames, FLAG, FRAME, goaway, settings } from "@fanfare/fcm-http2/testing/raw-frames";

/** Every stream that there can be: none of them is said to be unprocessed. */
const LAST_STREAM = 2 ** 31 - 1;
const PROTOCOL_ERROR = 1;

/**
 * A way to the simulator some of whose connections never get there: they greet like any server, wait for a message, and
 * end the connection over the protocol, as a server does that cannot read what a client says.
 * @param breaks whether the connection of that number, from 0, is one of them
 */
export async function startProtocolBreaker(target: string, breaks: (number: number) => boolean) {
  const sockets = new Set<Socket>();
  let connections = 0;
  /** Messages that came whole over a connection that was broken off. */
  let unread = 0;

  const server = net.createServer((socket) => {
    const number = connections++;
    keep(socket);
    if (breaks(number)) breakOff(socket);
    else relay(socket);
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  }

  function breakOff(socket: Socket): void {
    socket.write(settings());
    const read = cutFrames(({ type, flags }) => {
      if (type !== FRAME.data || !(flags & FLAG.endStream)) return;
      unread += 1;
      socket.end(goaway(LAST_STREAM, PROTOCOL_ERROR));
    });
    socket.on("data", read);
  }

  function relay(socket: Socket): void {
    const { hostname, port } = new URL(target);
    const other = net.connect(Number(port), hostname);
    keep(other);
    socket.on("close", () => other.destroy());
    // What came before the end goes on to the sender first.
    socket.pipe(other).pipe(socket);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    unread: () => unread,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
