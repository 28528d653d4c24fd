import { once } from "node:events";
import http2, {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";

/** One request as a server got it. */
export interface Received {
  stream: ServerHttp2Stream;
  headers: IncomingHttpHeaders;
  body: string;
  reply(status: number, body?: string, headers?: Record<string, string>): void;
}

export interface TestServer {
  endpoint: string;
  port: number;
  sessions: ServerHttp2Session[];
  /** The most requests that waited for an answer at once, on any one connection, since the last call. */
  mostAtOnce(): number;
  /** Cuts every connection and stops listening. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  port?: number;
  maxConcurrentStreams?: number;
  tls?: { key: string; cert: string };
}

/** A real HTTP/2 server on 127.0.0.1. `onRequest` is called when a request has arrived whole. */
export async function startServer(
  onRequest: (received: Received) => void,
  { port = 0, maxConcurrentStreams, tls }: ServerOptions = {},
): Promise<TestServer> {
  const settings = maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams };
  const server = (
    tls ? http2.createSecureServer({ ...tls, settings }) : http2.createServer({ settings })
  ) as Http2Server;
  const sessions: ServerHttp2Session[] = [];
  let most = 0;

  server.on("session", (session) => {
    const waiting = new Set<ServerHttp2Stream>();
    sessions.push(session);
    session.on("error", () => {});
    session.on("stream", (stream, headers) => {
      most = Math.max(most, waiting.add(stream).size);
      stream.on("error", () => {});
      stream.on("close", () => waiting.delete(stream));
      readBody(stream, (body) => {
        onRequest({
          stream,
          headers,
          body,
          reply(status, text = "", more = {}) {
            // At once: what follows the answer may arrive before the stream's own 'close'.
            waiting.delete(stream);
            if (stream.destroyed || stream.closed) return;
            stream.respond({ ":status": status, ...more });
            stream.end(text);
          },
        });
      });
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    endpoint: `${tls ? "https" : "http"}://127.0.0.1:${address.port}`,
    port: address.port,
    sessions,
    mostAtOnce() {
      const was = most;
      most = 0;
      return was;
    },
    async kill() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function readBody(stream: ServerHttp2Stream, onBody: (body: string) => void): void {
  let body = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    body += text;
  });
  stream.on("end", () => {
    if (!stream.destroyed) onBody(body);
  });
}
