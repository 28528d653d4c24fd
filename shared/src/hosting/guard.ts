import type { IncomingMessage, ServerResponse } from "node:http";
import { createBodyBudget } from "./body-budget.ts";
import { type FunctionDoor, MAX_BODY, type MediaType, type RequestRefusal, SHORT_BODY } from "./door.ts";
import { FAILURES, type Failure, writeAnswer } from "./http-answers.ts";
import { parseBody } from "./parse-body.ts";
import { readBody } from "./read-body.ts";
import type { Seldom } from "./seldom.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** How long a client that was turned away may go on sending before its connection is cut, in milliseconds. */
export const LINGER_MS = 1_000;

const admitted = new WeakMap<IncomingMessage, FunctionDoor>();

/** Whether a request came through this door. A handler that is reached by another way must not believe it. */
export const cameThrough = (door: FunctionDoor, request: IncomingMessage) => admitted.get(request) === door;

/**
 * Stands before a server's own listener, whatever host that is: judges a request by its head, reads its body within
 * bounds, parses it, and only then hands it on, with `body` (JSON) or `rawBody` (all else) and nothing left to read. All
 * it refuses is answered as JSON. Neither the log nor an answer quotes a request.
 */
export function createGuard(door: FunctionDoor, seldom: Seldom) {
  const budget = createBodyBudget();

  async function attend(request: IncomingMessage, response: ServerResponse, next: Listener): Promise<void> {
    if (request.headers.host === undefined && request.httpVersion === "1.1")
      return turnAway(request, response, NO_HOST);
    const refusal = request.method === "POST" ? await judge(request) : undefined;
    if (refusal) return turnAway(request, response, refusal);
    // Of other methods no body is used, and nothing is proved.
    const maxBytes = request.method === "POST" ? door.maxBytes : MAX_BODY.call;
    const expected = expectedBytes(request, maxBytes);
    const hold = async () => {
      const giveBack = await budget.take(expected ?? maxBytes);
      // A client that left while it waited closes no more.
      if (response.closed) giveBack();
      else response.once("close", giveBack);
    };
    // Short ones are not worth waiting for, and one that never comes would hold up all others.
    if (expected !== undefined && expected > SHORT_BODY) await hold();
    if (response.closed) return;
    const body = await readBody(request, maxBytes, expected === undefined ? hold : undefined);
    if (body.kind === "cut off") return;
    if (body.kind === "too large") return turnAway(request, response, TOO_LARGE);
    if (request.method === "POST") {
      const parsed = parseBody(typeOf(request) as MediaType, body.bytes);
      if (parsed.kind === "refused") return turnAway(request, response, parsed.refusal);
      Object.assign(request, parsed.fields);
    }
    // No function has paths, and a path that cannot be decoded would be printed by the framework.
    request.url = "/";
    admitted.set(request, door);
    next(request, response);
  }

  async function judge(request: IncomingMessage): Promise<RequestRefusal | undefined> {
    const refused = await door.admit(request);
    if (refused) return refused;
    if ((request.headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") return ENCODED;
    if (!door.types.some((type) => type === typeOf(request))) return WRONG_TYPE;
    return Number(request.headers["content-length"] ?? 0) > door.maxBytes ? TOO_LARGE : undefined;
  }

  function turnAway(
    request: IncomingMessage,
    response: ServerResponse,
    { failure, reason }: RequestRefusal,
  ): void {
    seldom("warn", reason, "requests were refused at the door");
    answerFailure(door, request, response, failure);
  }

  return (request: IncomingMessage, response: ServerResponse, next: Listener): void => {
    attend(request, response, next).catch(() => {
      seldom("error", "guard failed", "a request could not be looked at");
      answerFailure(door, request, response, "internal");
    });
  };
}

export type Guard = ReturnType<typeof createGuard>;

/** As HTTP asks of every server. (RFC 9112, 3.2) */
const NO_HOST: RequestRefusal = { failure: "invalid", reason: "no host" };
const TOO_LARGE: RequestRefusal = { failure: "tooLarge", reason: "body too large" };
const ENCODED: RequestRefusal = { failure: "wrongType", reason: "content encoding" };
const WRONG_TYPE: RequestRefusal = { failure: "wrongType", reason: "media type" };

/**
 * Answers without what is left of the body, which is thrown away for a moment: a connection that was closed while its
 * client still sends would be reset, and the answer with it.
 */
function answerFailure(
  door: FunctionDoor,
  request: IncomingMessage,
  response: ServerResponse,
  failure: Failure,
): void {
  if (response.headersSent) return;
  const answer = door.refuse?.(failure, request) ?? { status: FAILURES[failure].code };
  if (request.complete) return void writeAnswer(response, answer).end();
  writeAnswer(response, { ...answer, headers: { ...answer.headers, connection: "close" } });
  const timer = setTimeout(end, LINGER_MS);
  request.once("end", end).once("close", end).resume();

  function end(): void {
    clearTimeout(timer);
    response.end();
  }
}

/** How much of a body is to be read, by what it says of itself; undefined if it does not say. */
function expectedBytes({ headers }: IncomingMessage, maxBytes: number): number | undefined {
  const known = headers["content-length"];
  if (known !== undefined) return Math.min(Number(known), maxBytes);
  return headers["transfer-encoding"] === undefined ? 0 : undefined;
}

/** The media type, in lower case, if its text is UTF-8. */
function typeOf({ headers }: IncomingMessage): string | undefined {
  const [type = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1]);
  return charset.every((one) => one === undefined || one === "utf-8") ? type.trim() : undefined;
}
