import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import { elapsed } from "../hosting/elapsed.ts";
import { GrpcError, STATUS } from "./grpc.ts";

/** Where a gRPC service is, and who asks. */
export interface GrpcPlace {
  /** Such as https://firestore.googleapis.com. */
  origin: string;
  /** What goes with every call: who is asking, and on what. */
  headers: () => Promise<Record<string, string>>;
  /** Certificates to trust beside those that Node knows. */
  ca?: string;
  /** A call that hears nothing for so long is given up, and its connection with it. */
  silenceMs?: number;
  /** A connection that served nobody for so long is not used again. */
  idleMs?: number;
}

export interface GrpcChannel {
  /**
   * Calls a method that answers with a stream of messages; yields them as they come, some at a time, each as bytes
   * that are good until the next are asked for. The server is held back while nobody asks, and told to stop by
   * whoever stops reading. @throws GrpcError
   */
  stream(path: string, message: Buffer): AsyncGenerator<Buffer[]>;
}

const SILENCE_MS = 60_000;
/** A function that stands idle is frozen, and its connection may end without its noticing: a new one costs less. */
const IDLE_MS = 30_000;
/** Bytes that may be on their way: some thousand registrations of one call, and all calls of a connection together. */
const STREAM_WINDOW = 256 * 1_024;
const CONNECTION_WINDOW = 4 * 1_024 * 1_024;

/**
 * gRPC's client side over Node's own HTTP/2, as far as one request with many answers needs it: the usual client makes
 * half a dozen objects and turns of the event loop of every message, and a query's answer is a message a document.
 * (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) Connects when it is called, and keeps no process alive.
 */
export function createGrpcChannel(place: GrpcPlace): GrpcChannel {
  let session: ClientHttp2Session | null = null;
  let calls = 0;
  let usedAt = elapsed();

  function connected(): ClientHttp2Session {
    if (calls === 0 && elapsed() - usedAt > (place.idleMs ?? IDLE_MS)) session?.close();
    if (session && !session.closed && !session.destroyed) return session;
    const opened = connect(place.origin, {
      ...(place.ca !== undefined && { ca: place.ca }),
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    });
    opened.once("connect", () => opened.setLocalWindowSize(CONNECTION_WINDOW));
    // Whatever ends it ends its calls, and they tell.
    opened.on("error", () => {});
    session = opened;
    return opened;
  }

  async function* stream(path: string, message: Buffer): AsyncGenerator<Buffer[]> {
    const headers = await place.headers();
    const own = connected();
    calls += 1;
    own.ref();
    try {
      const call = own.request({ ...FIXED_HEADERS, ...headers, ":path": path });
      call.setTimeout(place.silenceMs ?? SILENCE_MS, () => {
        // The next call is to have a new connection: this one may be dead without knowing it.
        own.close();
        call.close(constants.NGHTTP2_CANCEL);
      });
      call.end(framed(message));
      yield* messagesOf(call);
    } catch (error) {
      throw error instanceof GrpcError
        ? error
        : new GrpcError(STATUS.UNAVAILABLE, "the connection failed", error);
    } finally {
      calls -= 1;
      usedAt = elapsed();
      if (calls === 0) own.unref();
    }
  }

  return { stream };
}

const FIXED_HEADERS = {
  ":method": "POST",
  "content-type": "application/grpc",
  te: "trailers",
  "user-agent": "fanfare",
};

/** A message as it goes over the wire: not compressed, its length, itself. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

async function* messagesOf(call: ClientHttp2Stream): AsyncGenerator<Buffer[]> {
  const answer = watchAnswer(call);
  const takeMessages = createDeframer();
  try {
    for await (const bytes of call) {
      // What comes with another status is a page for people.
      if (answer.http !== constants.HTTP_STATUS_OK) break;
      const messages = takeMessages(bytes as Buffer);
      if (messages.length > 0) yield messages;
    }
  } finally {
    call.close(constants.NGHTTP2_CANCEL);
  }
  const { http, said } = answer;
  const code = said["grpc-status"] ?? OF_HTTP[http] ?? STATUS.UNAVAILABLE;
  const unsaid = http === constants.HTTP_STATUS_OK ? "the answer broke off" : `HTTP status ${http}`;
  if (Number(code) !== STATUS.OK) throw new GrpcError(Number(code), String(said["grpc-message"] ?? unsaid));
}

interface Answer {
  http: number;
  /** The headers that tell how the call ended; without messages they are the first and only ones. */
  said: IncomingHttpHeaders;
}

function watchAnswer(call: ClientHttp2Stream): Answer {
  const answer: Answer = { http: 0, said: {} };
  call.on("response", (headers) => {
    answer.http = headers[":status"] ?? 0;
    answer.said = headers;
  });
  call.on("trailers", (trailers) => {
    answer.said = trailers;
  });
  return answer;
}

/** What a proxy's answer means, which knows nothing of gRPC (doc/http-grpc-status-mapping.md). */
const OF_HTTP: Record<number, number> = {
  400: STATUS.INTERNAL,
  401: STATUS.UNAUTHENTICATED,
  403: STATUS.PERMISSION_DENIED,
  404: STATUS.UNIMPLEMENTED,
};

const HEAD_BYTES = 5;

/** Takes bytes as they come, and gives the messages that are whole. */
function createDeframer(): (bytes: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const all = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
    const messages: Buffer[] = [];
    let at = 0;
    while (all.length - at >= HEAD_BYTES) {
      const start = at + HEAD_BYTES;
      const end = start + all.readUInt32BE(at + 1);
      if (all[at] !== 0)
        throw new GrpcError(STATUS.INTERNAL, "a message is compressed, which was not asked for");
      if (end > all.length) break;
      messages.push(all.subarray(start, end));
      at = end;
    }
    rest = all.subarray(at);
    return messages;
  };
}
