import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Reply, TOO_LONG } from "../answers.ts";
import type { ControlCall } from "../control/routes.ts";
import type { OpenExchange } from "../exchange.ts";
import { readText } from "./read-text.ts";
import { findRoute } from "./route.ts";

type Deps = { openExchange: OpenExchange; answerControl: (call: ControlCall) => Reply };

/** The HTTP/1.1 side of the port. It listens to nothing itself: sockets are handed to it. */
export function createHttp1Door({ openExchange, answerControl }: Deps): Server {
  return createServer((request, response) => {
    const method = request.method ?? "";
    const route = findRoute(method, request.url ?? "/");
    switch (route.kind) {
      case "send":
        takeSend(route.project, request, response, openExchange);
        break;
      case "control":
        readText(request, (text) => {
          writeReply(response, text === undefined ? TOO_LONG : answerControl({ method, text, ...route }));
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
  openExchange: OpenExchange,
): void {
  const exchange = openExchange({
    isThere: () => !response.destroyed && response.socket !== null,
    answer: (reply) => writeReply(response, reply),
    drop: () => response.destroy(),
  });
  response.on("close", () => exchange.close(false));
  readText(request, (text) => {
    if (text === undefined) exchange.refuse(TOO_LONG);
    else exchange.receive(project, text);
  });
}

function writeReply(response: ServerResponse, { status, contentType, body, retryAfterSeconds }: Reply): void {
  response.statusCode = status;
  response.setHeader("Content-Type", contentType);
  if (retryAfterSeconds !== undefined) response.setHeader("Retry-After", retryAfterSeconds);
  if (typeof body === "string") response.end(body);
  // A reader that leaves in the middle is no error of ours.
  else pipeline(Readable.from(body), response).catch(() => {});
}
