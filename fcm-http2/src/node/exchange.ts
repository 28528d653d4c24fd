import http2, { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { type Call, type HeaderFields, MAX_BODY } from "../call.ts";

const { NGHTTP2_NO_ERROR } = http2.constants;

export interface ExchangeEvents {
  /** The whole response has come. Where the stream is not closed by then, the rest of the question is not wanted. */
  onResponse: () => void;
  onReset: (code: number) => void;
  /** It never got a stream. */
  onUnsent: () => void;
  onExhausted: () => void;
}

/** Puts a message on a stream of its own, and notes in it what comes back. One of the first three events is the last. */
export function startExchange(
  session: ClientHttp2Session,
  fields: string[],
  call: Call,
  events: ExchangeEvents,
): ClientHttp2Stream {
  const stream = session.request(fields);
  stream.on("response", (headers) => takeFields(call, headers));
  stream.on("data", (bytes: Buffer) => takeBody(call, bytes));
  stream.on("end", () => {
    if (!stream.closed && call.status !== 0) events.onResponse();
  });
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_HTTP2_OUT_OF_STREAMS") events.onExhausted();
  });
  stream.on("close", () => {
    if (stream.id === undefined) events.onUnsent();
    else if (call.status !== 0 && stream.rstCode === NGHTTP2_NO_ERROR) events.onResponse();
    else events.onReset(stream.rstCode);
  });
  stream.end(call.body);
  call.body = "";
  return stream;
}

function takeFields(call: Call, fields: IncomingHttpHeaders): void {
  call.status = Number(fields[":status"]);
  call.retryAfter = fields["retry-after"];
  call.date = fields.date;
}

/** May come before the status: Node tells that a turn later. */
function takeBody(call: Call, bytes: Buffer): void {
  if (call.status === 200 || call.kept >= MAX_BODY) return;
  call.parts.push(bytes);
  call.kept += bytes.length;
}

/** Header fields as Node takes them, made once for each list. */
export function createRawFields() {
  let known: HeaderFields | undefined;
  let raw: string[] = [];
  return (fields: HeaderFields): string[] => {
    if (fields !== known) raw = fields.flat();
    known = fields;
    return raw;
  };
}
