import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Guard, LINGER_MS } from "./guard.ts";
import { FAILURES, type Failure, failureBody } from "./http-answers.ts";
import { isLoopback } from "./loopback.ts";

/** Node tells of each server that is about to listen here. (nodejs.org/api/diagnostics_channel.html, net) */
const LISTEN = "tracing:net.server.listen:asyncStart";

/** How long a request may take to arrive whole, in milliseconds. */
const WHOLE_REQUEST_MS = 60_000;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Puts a guard before what a server does with requests. */
export function standBefore(server: Server, guard: Guard): void {
  const listeners = server.listeners("request") as Listener[];
  server.removeAllListeners("request");
  guardServer(server, guard, (request, response) => {
    for (const listener of listeners) listener.call(server, request, response);
  });
}

/** Has a guard attend to a server's requests before `next` does, and answers what is not HTTP as JSON, too. */
export function guardServer(server: Server, guard: Guard, next: Listener): void {
  const attend: Listener = (request, response) => guard(request, response, next);
  server.on("request", attend);
  // Node would answer these by itself, without JSON. The guard refuses a missing host, and expectations may be ignored.
  server.on("checkExpectation", attend);
  Object.assign(server, { requireHostHeader: false });
  server.on("clientError", refuseNonsense);
  server.requestTimeout = WHOLE_REQUEST_MS;
}

/** Calls `prepare` with the next HTTP server of this process that listens, before it takes a connection. */
export function onNextServer(prepare: (server: Server) => void): void {
  const look = (message: unknown) => {
    const { server } = message as { server: unknown };
    if (!(server instanceof Server)) return;
    unsubscribe(LISTEN, look);
    prepare(server);
  };
  subscribe(LISTEN, look);
}

/** Calls `refuse` if a server comes to listen on more than this machine. */
export function requireLoopback(server: Server, refuse: () => void): void {
  server.once("listening", () => {
    const address = server.address();
    // A text is a socket in the file system.
    if (typeof address === "object" && !isLoopback(address?.address ?? "")) refuse();
  });
}

function refuseNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const failure = NONSENSE[error.code ?? ""] ?? "invalid";
  const { code, message } = FAILURES[failure];
  const body = JSON.stringify(failureBody(failure));
  const head = `HTTP/1.1 ${code} ${message}\r\nContent-Type: application/json; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  // Its client may never close, and what belongs to its request would stay.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

/** Node's codes for what a client does wrong before there is a request. */
const NONSENSE: Record<string, Failure> = {
  HPE_HEADER_OVERFLOW: "headTooLarge",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "tooLarge",
  ERR_HTTP_REQUEST_TIMEOUT: "tooSlow",
};
