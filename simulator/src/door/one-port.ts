import type { Server as Http1Server } from "node:http";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Door } from "./delay-door.ts";
import type { Sockets } from "./sockets.ts";

/** A certificate and its key, both PEM. */
export type Certificate = { cert: string; key: string };

type Deps = { http1: Http1Server; http2: Door; sockets: Sockets; tls: Certificate | undefined };

// The first bytes of every HTTP/2 connection with prior knowledge (RFC 9113, section 3.4).
const PREFACE = Buffer.from("PRI * HTTP/2.0");
// The first byte of every TLS connection: a handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE = 22;

/**
 * One listening server for all protocols: looks at a connection's first bytes, then hands it over whole. Throws
 * OpenSSL's error (`code`, e.g. ERR_OSSL_PEM_NO_START_LINE) if certificate and key are none or do not match.
 */
export function createOnePort({ http1, http2, sockets, tls }: Deps) {
  const secure = tls && createTlsDoor(tls, http1, http2);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    handOver(socket, (start) => {
      if (start[0] === TLS_HANDSHAKE && secure) return secure;
      const length = Math.min(start.length, PREFACE.length);
      if (PREFACE.compare(start, 0, length, 0, length) !== 0) return http1;
      // "POST" begins with the preface's "P", too: go on only when the bytes decide.
      return start.length < PREFACE.length ? undefined : http2;
    });
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
        sockets.breakAll();
      });
    },
  };
}

/** @param choose the door, by a connection's first bytes; undefined if they are too few */
function handOver(socket: Socket, choose: (start: Buffer) => Door | undefined): void {
  let start: Buffer = Buffer.alloc(0);
  socket.on("readable", function look() {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    const door = choose(start);
    if (!door) return;
    socket.off("readable", look);
    socket.unshift(start);
    door.emit("connection", socket);
  });
}

/** Speaks TLS, and passes on what is inside: HTTP/2 to whoever chose it by ALPN, else HTTP/1.1. */
function createTlsDoor(certificate: Certificate, http1: Http1Server, http2: Door): Door {
  const server = createTlsServer({ ...certificate, ALPNProtocols: ["h2", "http/1.1"] });
  server.on("secureConnection", (socket: TLSSocket) => {
    socket.on("error", () => {});
    (socket.alpnProtocol === "h2" ? http2 : http1).emit("connection", socket);
  });
  // A client that does not trust the certificate leaves: its own concern.
  server.on("tlsClientError", () => {});
  return server;
}
