import { once } from "node:events";
import http2, {
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface StreamServer {
  endpoint: string;
  sessions: ServerHttp2Session[];
  kill(): Promise<void>;
}

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** Node's server with settings of one's choice, which hands over each stream as it opens, its body unread. */
export async function startStreamServer(settings: Settings, onStream: OnStream): Promise<StreamServer> {
  const server = http2.createServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    onStream(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    sessions,
    async kill() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

/** Reads the whole body, then answers with it under a status whose answers keep their bodies. */
export async function echo(stream: ServerHttp2Stream): Promise<void> {
  const body = await buffer(stream);
  stream.respond({ ":status": 500, "content-length": body.length });
  stream.end(body);
}

/** Changes a session's settings and resolves when the client has agreed to them. */
export function changeSettings(session: ServerHttp2Session, settings: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    session.settings(settings, (error) => (error ? reject(error) : resolve()));
  });
}
