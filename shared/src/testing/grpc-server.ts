import { once } from "node:events";
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";

/** One call that has arrived, with the message that came with it. */
export interface Arrived {
  call: ServerHttp2Stream;
  headers: IncomingHttpHeaders;
  message: Buffer;
  /** Begins the answer. */
  begin(): void;
  /** Writes bytes as they are; resolves when the client's window has taken them. */
  write(bytes: Buffer): Promise<void>;
  /** Ends the answer with a status. */
  end(code: number, message?: string): void;
}

/** A server that speaks gRPC's protocol, and does with each call what a test says. */
export async function startGrpcServer(
  onCall: (arrived: Arrived) => unknown,
  certificate?: { key: string; cert: string },
) {
  const server: Http2Server = certificate ? createSecureServer(certificate) : createServer();
  const sessions = new Set<{ destroy(): void }>();
  let connections = 0;
  server.on("session", (session) => {
    connections += 1;
    sessions.add(session);
    session.on("error", () => {}).once("close", () => sessions.delete(session));
  });
  server.on("stream", async (call, headers) => {
    call.on("error", () => {});
    const parts: Buffer[] = [];
    for await (const part of call) parts.push(part as Buffer);
    await onCall(arrivedOf(call, headers, Buffer.concat(parts).subarray(5)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${certificate ? "https" : "http"}://localhost:${port}`,
    connections: () => connections,
    async close() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function arrivedOf(call: ServerHttp2Stream, headers: IncomingHttpHeaders, message: Buffer): Arrived {
  let trailers = {};
  call.on("wantTrailers", () => call.sendTrailers(trailers));
  return {
    call,
    headers,
    message,
    begin: () =>
      call.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true }),
    write: (bytes) => new Promise((resolve) => void call.write(bytes, () => resolve())),
    end(code, text) {
      trailers = { "grpc-status": String(code), ...(text !== undefined && { "grpc-message": text }) };
      call.end();
    },
  };
}

/** A message as it goes over the wire. */
export function frame(message: Buffer, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
