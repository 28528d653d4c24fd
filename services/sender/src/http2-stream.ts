import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import type { Answer } from "@fanfare/shared/domain/answers";
import { answerOf, answerOnTimeout, type Call, type Ending, NOT_PROCESSED } from "./http2-answer.ts";
import { createDeadlines } from "./http2-deadlines.ts";

/** Characters of a response's body that are kept. An error of FCM's has a few hundred; a 503 may be a web page. */
const MAX_BODY = 16_384;

/** The calls under way on one session, each on a stream of its own. */
export interface Streams {
  /** The call's answer comes once, by `onAnswer`, and never within this call. */
  send(call: Call): void;
  size(): number;
}

export interface StreamEvents {
  onAnswer: (call: Call, answer: Answer) => void;
  /** A call got no answer in time: its stream is cancelled, if the peer still reads. */
  onTimeout: () => void;
  /** The session is alive but has no stream ids left. */
  onExhausted: () => void;
}

/** A stream that knows its call, so that one set of handlers serves all and no message needs closures of its own. */
type CallStream = ClientHttp2Stream & { call: Call };

export function createStreams(
  session: ClientHttp2Session,
  ending: Ending,
  timeoutMs: number,
  events: StreamEvents,
): Streams {
  const calls = createDeadlines<Call>(timeoutMs, expire);

  function expire(call: Call): void {
    call.stream?.close(constants.NGHTTP2_CANCEL);
    events.onTimeout();
    events.onAnswer(call, answerOnTimeout(call));
  }

  function onClose(this: CallStream): void {
    const { call, id, rstCode } = this;
    if (session.destroyed) call.error ??= "closed";
    else if (id === undefined) events.onExhausted();
    if (calls.remove(call)) events.onAnswer(call, answerOf(call, id, rstCode, ending));
  }

  function refuse(call: Call): void {
    if (calls.remove(call)) events.onAnswer(call, NOT_PROCESSED);
  }

  function open(call: Call): void {
    const stream = session.request(call.headers) as CallStream;
    stream.call = call;
    call.stream = stream;
    stream.on("response", onResponse);
    stream.on("error", onError);
    stream.on("close", onClose);
    stream.end(call.body);
    call.body = "";
  }

  return {
    send(call) {
      calls.add(call);
      try {
        open(call);
      } catch {
        process.nextTick(refuse, call);
      }
    },
    size: calls.size,
  };
}

function onResponse(this: CallStream, headers: IncomingHttpHeaders): void {
  this.call.status = Number(headers[":status"]);
  this.call.retryAfter = headers["retry-after"];
  // The body of a 200 names the message, which nobody asks for.
  if (this.call.status === 200) return void this.resume();
  this.setEncoding("utf8");
  this.on("data", onData);
  this.on("end", onEnd);
}

function onData(this: CallStream, text: string): void {
  const room = MAX_BODY - this.call.text.length;
  if (room > 0) this.call.text += text.slice(0, room);
}

/** A stream that is destroyed ends too, but then it is we or Node who ended it, not the peer. */
function onEnd(this: CallStream): void {
  if (!this.destroyed && this.rstCode === 0) this.call.complete = true;
}

function onError(this: CallStream, error: NodeJS.ErrnoException): void {
  // This one only says that the stream was reset, which `rstCode` says better.
  if (error.code !== "ERR_HTTP2_STREAM_ERROR") this.call.error = error.code ?? error.name;
}
