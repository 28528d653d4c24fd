import type { NotAfter, OnAnswer } from "./transport.ts";

/** Bytes of a response's body that are kept. An error of FCM's has a few hundred; a 503 may be a web page. */
export const MAX_BODY = 16_384;

export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** One message on its way, and what has come back for it so far. */
export interface Call {
  readonly index: number;
  readonly notAfter: NotAfter;
  readonly onAnswer: OnAnswer;
  /** Emptied once it is on a stream: a straggler need not keep 4 KB in memory. */
  body: string;
  fields: HeaderFields;
  /** Of the stream it was put on; 0 before. */
  streamId: number;
  /** The end of its body was given to the connection: from then on the server may have processed it. */
  whole: boolean;
  /** Milliseconds of `performance.now()`. */
  deadline: number;
  /** 0 before the response began. */
  status: number;
  retryAfter: string | undefined;
  date: string | undefined;
  /** The body so far, where it matters, up to the piece that holds the last byte kept. */
  parts: Buffer[];
  /** Bytes in them. */
  kept: number;
}

export function createCall(index: number, body: string, notAfter: NotAfter, onAnswer: OnAnswer): Call {
  return {
    index,
    notAfter,
    onAnswer,
    body,
    fields: [],
    streamId: 0,
    whole: false,
    deadline: 0,
    status: 0,
    retryAfter: undefined,
    date: undefined,
    parts: [],
    kept: 0,
  };
}
