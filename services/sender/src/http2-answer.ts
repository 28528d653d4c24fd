import { type ClientHttp2Stream, constants } from "node:http2";
import type { Answer } from "@fanfare/shared/domain/answers";
import type { OnAnswer } from "./transport.ts";

const { NGHTTP2_REFUSED_STREAM } = constants;

/** One message on its way, and what has come back for it so far. */
export interface Call {
  readonly index: number;
  readonly onAnswer: OnAnswer;
  /** Emptied once it is on a stream: a straggler need not keep 4 KB in memory. */
  body: string;
  headers: readonly string[];
  stream: ClientHttp2Stream | undefined;
  /** Milliseconds of `performance.now()`. */
  deadline: number;
  status: number | undefined;
  retryAfter: string | undefined;
  text: string;
  /** The end of the response was seen, so `text` is all of it. */
  complete: boolean;
  /** Code of the error that ended the stream, `ECONNRESET` for example. */
  error: string | undefined;
}

/** What is known of a connection's end. Its connection fills it in as it learns. */
export interface Ending {
  /** The last stream of ours the peer says it may have processed; infinite without a GOAWAY. */
  lastStreamId: number;
  /** 0 without a GOAWAY. Node closes the streams that a GOAWAY ends with its code, as if each had been reset. */
  goawayCode: number;
  cause: string | undefined;
}

export const NOT_PROCESSED: Answer = { kind: "not-processed" };

export function createCall(index: number, body: string, onAnswer: OnAnswer): Call {
  return {
    index,
    onAnswer,
    body,
    headers: [],
    stream: undefined,
    deadline: 0,
    status: undefined,
    retryAfter: undefined,
    text: "",
    complete: false,
    error: undefined,
  };
}

/**
 * What a stream that has ended means; it has no id if the request was never given one. "Not processed" is said only
 * where HTTP/2 guarantees it (RFC 9113, 6.8 and 8.7), since such a message is sent again without being counted as a
 * possible repeat.
 */
export function answerOf(call: Call, streamId: number | undefined, rstCode: number, ending: Ending): Answer {
  if (call.status !== undefined) return responseOf(call, call.status);
  if (streamId === undefined || streamId > ending.lastStreamId) return NOT_PROCESSED;
  // Reset by the server, or given up by Node, which does so to requests it still holds when a GOAWAY comes.
  if (rstCode === NGHTTP2_REFUSED_STREAM && ending.goawayCode !== NGHTTP2_REFUSED_STREAM)
    return NOT_PROCESSED;
  return noAnswer(ending.cause ?? call.error ?? (rstCode === 0 ? "closed" : `rst:${errorName(rstCode)}`));
}

/** Our own time was up. What has come so far still counts. */
export function answerOnTimeout(call: Call): Answer {
  return call.status === undefined ? noAnswer("timeout") : responseOf(call, call.status);
}

function responseOf(call: Call, status: number): Answer {
  if (!call.complete && bodyDecides(status)) return noAnswer(`cut:${status}`);
  return { kind: "response", status, body: call.text, retryAfter: call.retryAfter };
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

/** RFC 9113, 7, by code. */
const ERROR_NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** `REFUSED_STREAM` for 7, or the number itself where the RFC has no name for it. */
export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? String(code);
}
