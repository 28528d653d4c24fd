import type { Answer } from "@fanfare/shared/domain/answers";
import { type Call, MAX_BODY } from "./call.ts";
import { ERROR, errorName } from "./error-codes.ts";

export const NOT_PROCESSED: Answer = { kind: "not-processed" };
/** One object for all: what is kept of a 200 is that it was one. */
const ACCEPTED: Answer = { kind: "response", status: 200, body: "", retryAfter: undefined };

/** The whole response has come. */
export function answerOf(call: Call): Answer {
  if (call.status === 200) return ACCEPTED;
  const { status, retryAfter, date, parts } = call;
  const body = Buffer.concat(parts).toString("utf8", 0, MAX_BODY);
  return { kind: "response", status, body, retryAfter, ...(retryAfter !== undefined && { date }) };
}

/**
 * The server reset the stream. "Not processed" is said only where HTTP/2 guarantees it (RFC 9113, 8.7), since such a
 * message is sent again without being counted as a possible repeat.
 */
export function answerOnReset(call: Call, code: number): Answer {
  if (call.status !== 0) return answerInPart(call);
  if (code === ERROR.refusedStream || !call.whole) return NOT_PROCESSED;
  return noAnswer(`rst:${errorName(code)}`);
}

/**
 * The stream's connection is over, for this cause, or our own time is up. What has come so far still counts. A message
 * whose end never went out was not processed: it is no JSON yet.
 */
export function answerOnEnd(call: Call, cause: string): Answer {
  if (call.status !== 0) return answerInPart(call);
  return call.whole ? noAnswer(cause) : NOT_PROCESSED;
}

function answerInPart(call: Call): Answer {
  return bodyDecides(call.status) ? noAnswer(`cut:${call.status}`) : answerOf(call);
}

/**
 * These statuses mean one thing or another by what the body says. Half of a 404's body would make a payload fault,
 * which stops the whole broadcast, of one dead address and a lost connection.
 */
function bodyDecides(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

function noAnswer(cause: string): Answer {
  return { kind: "no-answer", cause };
}
