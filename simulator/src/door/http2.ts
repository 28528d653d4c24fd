import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type Settings,
} from "node:http2";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { halve, type Reply, retryFieldsOf, TOO_LONG } from "../answers.ts";
import type { ControlCall } from "../control/routes.ts";
import type { OpenExchange } from "../exchange.ts";
import type { Break } from "../outcomes.ts";
import type { Letter } from "../send-message.ts";
import type { Connection } from "./connection.ts";
import { readText } from "./read-text.ts";
import type { FindRoute } from "./route.ts";
import type { Sessions } from "./sessions.ts";

type Deps = {
  findRoute: FindRoute;
  openExchange: OpenExchange;
  /** Called for each send request whose header fields have arrived. */
  noteBegun: () => void;
  answerControl: (call: ControlCall) => Reply;
  sessions: Sessions;
  settings: Settings;
};

const UNLIMITED = 2 ** 31;

const RESETS = {
  "internal-error": constants.NGHTTP2_INTERNAL_ERROR,
  cancel: constants.NGHTTP2_CANCEL,
  refused: constants.NGHTTP2_REFUSED_STREAM,
} as const;

/** The HTTP/2 side of the port. It listens to nothing itself: sockets are handed to it. */
export function createHttp2Door({
  findRoute,
  openExchange,
  noteBegun,
  answerControl,
  sessions,
  settings,
}: Deps): Http2Server {
  const server = createServer({
    settings,
    // Node ends a connection whose client cancels many streams, as a client with a short time-out does to a slow
    // simulator. Connections end here only on request.
    streamResetBurst: UNLIMITED,
    streamResetRate: UNLIMITED,
  });

  function takeSend(
    { project, authorization }: Omit<Letter, "text">,
    stream: ServerHttp2Stream,
    connection: Connection,
  ): void {
    const { id = 0 } = stream;
    const exchange = openExchange({
      isThere: () => !stream.destroyed && !stream.closed,
      answer: (reply) => writeReply(stream, reply),
      breakOff: (how) => breakOff(how, stream, connection),
      answerHalf(reply) {
        stream.respond(headersOf(reply));
        stream.write(halve(reply.body));
      },
      sendAway: () => connection.sendAwayAfter(id),
      processed: () => connection.processed(id),
    });
    connection.add(id, exchange);
    stream.on("close", () => {
      exchange.close(connection.isBroken());
      connection.ended(id);
    });
    readText(stream, (text) => {
      if (text === undefined) exchange.refuse(TOO_LONG);
      else exchange.receive({ project, text, authorization });
    });
  }

  function takeStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection): void {
    const method = headers[":method"] ?? "";
    const authority = headers[":authority"] ?? headers.host;
    const route = findRoute({ method, target: headers[":path"] ?? "/", authority });
    // Also above a GOAWAY's last stream: its client had begun to send it all the same.
    if (route.kind === "send") noteBegun();
    if (!connection.takes(stream.id ?? 0)) return;
    switch (route.kind) {
      case "send":
        takeSend({ project: route.project, authorization: headers.authorization }, stream, connection);
        break;
      case "control":
        readText(stream, (text) => {
          const call = { ...route, method, contentType: headers["content-type"] };
          writeReply(stream, text === undefined ? TOO_LONG : answerControl({ ...call, text }));
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
    const connection = sessions.add(session);
    // Resets and broken connections are what this server is for: the streams' ends are counted, no more.
    session.on("error", () => {});
    session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      sessions.noteStreams(++open);
      stream.on("close", () => open--);
      stream.on("error", () => {});
      takeStream(stream, headers, connection);
    });
  });

  return server;
}

function breakOff(how: Break, stream: ServerHttp2Stream, connection: Connection): void {
  switch (how) {
    case "internal-error":
    case "cancel":
    case "refused":
      stream.close(RESETS[how]);
      break;
    case "close-connection":
      connection.breakOff(false);
      break;
    case "reset-connection":
      connection.breakOff(true);
      break;
  }
}

function writeReply(stream: ServerHttp2Stream, reply: Reply): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(headersOf(reply));
  if (typeof reply.body === "string") stream.end(reply.body);
  // A reader that leaves in the middle is no error of ours.
  else pipeline(Readable.from(reply.body), stream).catch(() => {});
}

function headersOf(reply: Reply): OutgoingHttpHeaders {
  return { ":status": reply.status, "content-type": reply.contentType, ...retryFieldsOf(reply) };
}
