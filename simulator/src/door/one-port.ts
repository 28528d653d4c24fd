import type { Server as Http1Server } from "node:http";
import type { Http2Server } from "node:http2";
import { createServer, type Socket } from "node:net";

// The first bytes of every HTTP/2 connection with prior knowledge (RFC 9113, section 3.4).
const PREFACE = Buffer.from("PRI * HTTP/2.0");

/** One listening server for both protocols: looks at a connection's first bytes, then hands it over whole. */
export function createOnePort(http1: Http1Server, http2: Http2Server) {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    handOver(socket, http1, http2);
  });

  return {
    /** Resolves to the port. Rejects if it cannot be had, with the system's error (`code`, e.g. EADDRINUSE). */
    listen(port: number, host: string): Promise<number> {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          const address = server.address();
          resolve(typeof address === "object" && address ? address.port : port);
        });
      });
    },
    /** Stops listening and breaks every connection. */
    close(): Promise<void> {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

function handOver(socket: Socket, http1: Http1Server, http2: Http2Server): void {
  let start: Buffer = Buffer.alloc(0);
  socket.on("readable", function look() {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    const length = Math.min(start.length, PREFACE.length);
    const isHttp2 = PREFACE.compare(start, 0, length, 0, length) === 0;
    // "POST" begins with the preface's "P", too: go on only when the bytes decide.
    if (isHttp2 && start.length < PREFACE.length) return;
    socket.off("readable", look);
    socket.unshift(start);
    (isHttp2 ? http2 : http1).emit("connection", socket);
  });
}
