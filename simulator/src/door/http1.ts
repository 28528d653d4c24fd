import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { halve, type Reply, retryFieldsOf, TOO_LONG } from "../answers.ts";
import type { ControlCall } from "../control/routes.ts";
import type { OpenExchange } from "../exchange.ts";
import { readText } from "./read-text.ts";
import type { FindRoute } from "./route.ts";
import type { Sockets } from "./sockets.ts";

type Deps = {
  findRoute: FindRoute;
  openExchange: OpenExchange;
  /** Called for each send request whose header fields have arrived. */
  noteBegun: () => void;
  answerControl: (call: ControlCall) => Reply;
  sockets: Sockets;
};

/** The HTTP/1.1 side of the port. It listens to nothing itself: sockets are handed to it. */
export function createHttp1Door({
  findRoute,
  openExchange,
  noteBegun,
  answerControl,
  sockets,
}: Deps): Server {
  return createServer((request, response) => {
    const { method = "", url = "/", headers } = request;
    const route = findRoute({ method, target: url, authority: headers.host });
    switch (route.kind) {
      case "send":
        noteBegun();
        takeSend(route.project, request, response, { openExchange, sockets });
        break;
      case "control":
        readText(request, (text) => {
          const call = { ...route, method, contentType: headers["content-type"] };
          writeReply(response, text === undefined ? TOO_LONG : answerControl({ ...call, text }));
        });
        break;
      case "refused":
        request.resume();
        writeReply(response, route.reply);
        break;
    }
  });
}

function takeSend(
  project: string,
  request: IncomingMessage,
  response: ServerResponse,
  { openExchange, sockets }: Pick<Deps, "openExchange" | "sockets">,
): void {
  const exchange = openExchange({
    isThere: () => !response.destroyed && response.socket !== null,
    answer: (reply) => writeReply(response, reply),
    breakOff(how) {
      if (how === "reset-connection") sockets.reset(request.socket);
      else response.destroy();
    },
    answerHalf(reply) {
      writeHead(response, reply);
      response.write(halve(reply.body));
    },
    sendAway() {
      response.shouldKeepAlive = false;
    },
    processed() {},
  });
  response.on("close", () => exchange.close(false));
  readText(request, (text) => {
    if (text === undefined) exchange.refuse(TOO_LONG);
    else exchange.receive({ project, text, authorization: request.headers.authorization });
  });
}

function writeReply(response: ServerResponse, reply: Reply): void {
  writeHead(response, reply);
  if (typeof reply.body === "string") response.end(reply.body);
  // A reader that leaves in the middle is no error of ours.
  else pipeline(Readable.from(reply.body), response).catch(() => {});
}

function writeHead(response: ServerResponse, reply: Reply): void {
  response.statusCode = reply.status;
  response.setHeader("Content-Type", reply.contentType);
  for (const [name, value] of Object.entries(retryFieldsOf(reply))) response.setHeader(name, value);
}
