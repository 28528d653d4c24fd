import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Reply, TOO_LONG } from "../answers.ts";
import type { ControlCall } from "../control/routes.ts";
import type { OpenExchange } from "../exchange.ts";
import { readText } from "./read-text.ts";
import { findRoute } from "./route.ts";
import type { Sessions } from "./sessions.ts";

type Deps = {
  openExchange: OpenExchange;
  answerControl: (call: ControlCall) => Reply;
  sessions: Sessions;
  maxConcurrentStreams: number;
};

const UNLIMITED = 2 ** 31;

/** The HTTP/2 side of the port, cleartext with prior knowledge. It listens to nothing itself: sockets are handed to it. */
export function createHttp2Door({
  openExchange,
  answerControl,
  sessions,
  maxConcurrentStreams,
}: Deps): Http2Server {
  const server = createServer({
    settings: { maxConcurrentStreams },
    // Node ends a connection whose client cancels many streams, as a client with a short time-out does to a slow
    // simulator. Connections end here only on request.
    streamResetBurst: UNLIMITED,
    streamResetRate: UNLIMITED,
  });
  const brokenByUs = new WeakSet<ServerHttp2Session>();

  function takeSend(project: string, stream: ServerHttp2Stream, session: ServerHttp2Session): void {
    const exchange = openExchange({
      isThere: () => !stream.destroyed && !stream.closed,
      answer: (reply) => writeReply(stream, reply),
      drop: (wholeConnection) => {
        if (!wholeConnection) return stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        brokenByUs.add(session);
        session.destroy();
      },
    });
    stream.on("close", () => exchange.close(brokenByUs.has(session)));
    readText(stream, (text) => {
      if (text === undefined) exchange.refuse(TOO_LONG);
      else exchange.receive(project, text);
    });
  }

  function takeStream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    session: ServerHttp2Session,
  ): void {
    const method = headers[":method"] ?? "";
    const route = findRoute(method, headers[":path"] ?? "/");
    switch (route.kind) {
      case "send":
        takeSend(route.project, stream, session);
        break;
      case "control":
        readText(stream, (text) => {
          writeReply(stream, text === undefined ? TOO_LONG : answerControl({ method, text, ...route }));
        });
        break;
      case "refused":
        stream.resume();
        writeReply(stream, route.reply);
        break;
    }
  }

  server.on("session", (session) => {
    let open = 0;
    sessions.add(session);
    // Resets and broken connections are what this server is for: the streams' ends are counted, no more.
    session.on("error", () => {});
    session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      sessions.noteStreams(++open);
      stream.on("close", () => open--);
      stream.on("error", () => {});
      takeStream(stream, headers, session);
    });
  });

  return server;
}

function writeReply(
  stream: ServerHttp2Stream,
  { status, contentType, body, retryAfterSeconds }: Reply,
): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({
    ":status": status,
    "content-type": contentType,
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
  });
  if (typeof body === "string") stream.end(body);
  // A reader that leaves in the middle is no error of ours.
  else pipeline(Readable.from(body), stream).catch(() => {});
}
