import { type Call, MAX_BODY } from "../call.ts";
import { ERROR, ProtocolError } from "../error-codes.ts";
import type { Session, SessionEvents } from "../session.ts";
import { createFrameReader } from "./frame-reader.ts";
import {
  ACK,
  CONTINUATION,
  DATA,
  DEFAULT_FRAME_SIZE,
  END_HEADERS,
  END_STREAM,
  FRAME_HEAD_BYTES,
  frame,
  GOAWAY,
  HEADERS,
  MOST,
  numbersFrame,
  PADDED,
  PING,
  PRIORITY,
  PUSH_PROMISE,
  RST_STREAM,
  SETTING,
  SETTINGS,
  SETTINGS_ACK,
  WINDOW_UPDATE,
} from "./frames.ts";
import { CONNECTION_WINDOW, GREETING } from "./greeting.ts";
import { createHeaderReader } from "./header-reader.ts";
import { createHeaderWriter } from "./header-writer.ts";
import { createOutbox } from "./outbox.ts";

/** A response has some hundred bytes of header fields; who sends this many means no good. */
const MOST_HEADER_BYTES = 1 << 16;

type Handler = (flags: number, stream: number, payload: Buffer) => void;

const PING_PAYLOAD = Buffer.alloc(8);

/** Our own driver: the client's side of HTTP/2, as far as short requests with short answers need it (RFC 9113). */
export function openFanfareSession(events: SessionEvents): Session {
  const streams = new Map<number, Call>();
  const headers = createHeaderWriter();
  const readHeaders = createHeaderReader();
  let limit = Number.POSITIVE_INFINITY;
  let greeted = false;
  let lastId = 0;
  let taken = 0;
  /** The block whose rest is to come in CONTINUATION frames. */
  let block: { stream: number; end: boolean; parts: Buffer[]; size: number } | undefined;

  const outbox = createOutbox({
    headers,
    write: events.write,
    isFull: events.isFull,
    onStream(call, id) {
      call.streamId = id;
      lastId = id;
      streams.set(id, call);
    },
    onLate(call) {
      streams.delete(call.streamId);
      events.onUnsent(call);
    },
    onExhausted: events.onExhausted,
  });

  /** By frame type. Types that are not here are to be ignored, and priorities are the server's own. */
  const handlers: Record<number, Handler> = {
    [DATA]: onData,
    [HEADERS]: onHeaders,
    [CONTINUATION]: onContinuation,
    [RST_STREAM]: onReset,
    [SETTINGS]: onSettings,
    [PING]: onPing,
    [GOAWAY]: onGoaway,
    [WINDOW_UPDATE]: onWindowUpdate,
    [PUSH_PROMISE]: onPush,
  };

  const read = createFrameReader((type, flags, stream, payload) => {
    if (!greeted && (type !== SETTINGS || flags & ACK))
      throw new ProtocolError(ERROR.protocol, "no greeting");
    if (block && type !== CONTINUATION) throw new ProtocolError(ERROR.protocol, "a header block is cut off");
    if (stream !== 0 && (type === SETTINGS || type === PING || type === GOAWAY))
      throw new ProtocolError(ERROR.protocol, "a frame that has no stream is on one");
    handlers[type]?.(flags, stream, payload);
  });

  function onData(flags: number, stream: number, payload: Buffer): void {
    takeWindow(payload.length);
    const call = callOf(stream);
    if (!call) return;
    if (call.status === 0) throw new ProtocolError(ERROR.protocol, "a body before its header");
    const body = unpadded(flags, payload);
    if (call.status !== 200 && call.kept < MAX_BODY) {
      call.parts.push(body);
      call.kept += body.length;
    }
    if (flags & END_STREAM) endOf(call);
  }

  /** The connection's window is made wide again before half of it is used up; a stream's holds a whole answer. */
  function takeWindow(bytes: number): void {
    taken += bytes;
    if (taken < CONNECTION_WINDOW / 2) return;
    outbox.control(numbersFrame(WINDOW_UPDATE, 0, taken));
    taken = 0;
  }

  function onHeaders(flags: number, stream: number, payload: Buffer): void {
    const fields = unpadded(flags, payload).subarray(flags & PRIORITY ? 5 : 0);
    const end = (flags & END_STREAM) !== 0;
    if (flags & END_HEADERS) onBlock(stream, end, fields);
    else block = { stream, end, parts: [fields], size: fields.length };
  }

  function onContinuation(flags: number, stream: number, payload: Buffer): void {
    if (block?.stream !== stream) throw new ProtocolError(ERROR.protocol, "a continuation of nothing");
    block.parts.push(payload);
    block.size += FRAME_HEAD_BYTES + payload.length;
    if (block.size > MOST_HEADER_BYTES) throw new ProtocolError(ERROR.protocol, "a header without an end");
    if (!(flags & END_HEADERS)) return;
    const { end, parts } = block;
    block = undefined;
    onBlock(stream, end, Buffer.concat(parts));
  }

  /** Every block is read, also of a stream that was given up: the next ones build on it. */
  function onBlock(stream: number, end: boolean, fields: Buffer): void {
    const { status, retryAfter, date } = readHeaders(fields);
    const call = callOf(stream);
    if (!call) return;
    // Neither a word in between, such as 103, nor what comes behind a body says how it went.
    if (call.status === 0 && checkStatus(status, end) >= 200) {
      call.status = status;
      call.retryAfter = retryAfter;
      call.date = date;
    }
    if (end) endOf(call);
  }

  function endOf(call: Call): void {
    // The answer came before all of the question: the server is told that the rest does not follow.
    if (drop(call)) outbox.control(numbersFrame(RST_STREAM, call.streamId, ERROR.cancel));
    events.onResponse(call);
  }

  function onReset(_flags: number, stream: number, payload: Buffer): void {
    const code = onlyNumber(payload);
    const call = callOf(stream);
    if (!call) return;
    drop(call);
    events.onReset(call, code);
  }

  /** True if a part of its body had not gone out yet. */
  function drop(call: Call): boolean {
    streams.delete(call.streamId);
    return outbox.forget(call);
  }

  /** A stream may be over for us while the server does not know it yet; one that never was is an error. */
  function callOf(stream: number): Call | undefined {
    const call = streams.get(stream);
    if (!call && (stream % 2 === 0 || stream > lastId))
      throw new ProtocolError(ERROR.protocol, `there is no stream ${stream}`);
    return call;
  }

  function onSettings(flags: number, _stream: number, payload: Buffer): void {
    if (flags & ACK ? payload.length > 0 : payload.length % 6 !== 0)
      throw new ProtocolError(ERROR.frameSize, "settings of a wrong size");
    if (flags & ACK) return;
    // What was asked under the old settings goes out before the ACK: behind it, Node's server takes a stream beyond
    // the new limit for a broken client, and ends the connection with all that is on it.
    outbox.flush();
    for (const call of outbox.takeBack()) events.onUnsent(call);
    for (let at = 0; at < payload.length; at += 6)
      set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    greeted = true;
    outbox.control(SETTINGS_ACK);
    events.onLimit(limit);
  }

  function set(setting: number, value: number): void {
    if (setting === SETTING.maxConcurrentStreams) limit = value;
    else if (setting === SETTING.headerTableSize) headers.setTableSize(value);
    else if (setting === SETTING.initialWindowSize) outbox.setInitialWindow(value);
    else if (setting === SETTING.maxFrameSize) outbox.setFrameSize(checkFrameSize(value));
  }

  function onPing(flags: number, _stream: number, payload: Buffer): void {
    if (payload.length !== 8) throw new ProtocolError(ERROR.frameSize, "a ping of a wrong size");
    if (flags & ACK) events.onPong();
    else outbox.control(frame(PING, ACK, 0, payload));
  }

  function onGoaway(_flags: number, _stream: number, payload: Buffer): void {
    if (payload.length < 8) throw new ProtocolError(ERROR.frameSize, "a goaway is too short");
    const last = payload.readUInt32BE(0) & MOST;
    const above = [...streams.values()].filter(({ streamId }) => streamId > last);
    for (const call of above) drop(call);
    events.onGoaway(payload.readUInt32BE(4), [...above, ...outbox.takeBack()]);
  }

  function onWindowUpdate(_flags: number, stream: number, payload: Buffer): void {
    const bytes = onlyNumber(payload) & MOST;
    if (stream !== 0) callOf(stream);
    if (bytes === 0) throw new ProtocolError(ERROR.protocol, "a window grows by nothing");
    outbox.widen(stream, bytes);
  }

  function onPush(): void {
    throw new ProtocolError(ERROR.protocol, "a push, which we do not allow");
  }

  events.write(GREETING);

  return {
    request: outbox.add,
    cancel(call) {
      const isOpen = streams.has(call.streamId);
      drop(call);
      if (isOpen) outbox.control(numbersFrame(RST_STREAM, call.streamId, ERROR.cancel));
    },
    resume: outbox.resume,
    ping: () => outbox.control(frame(PING, 0, 0, PING_PAYLOAD)),
    receive: read,
    goaway(code) {
      outbox.control(numbersFrame(GOAWAY, 0, 0, code));
      outbox.flush();
    },
    takeAll() {
      const all = [...streams.values(), ...outbox.takeBack()];
      streams.clear();
      return all;
    },
  };
}

/** A payload without its padding (RFC 9113, 6.1). */
function unpadded(flags: number, payload: Buffer): Buffer {
  if (!(flags & PADDED)) return payload;
  const padding = payload[0] ?? 0;
  if (padding >= payload.length) throw new ProtocolError(ERROR.protocol, "more padding than there is");
  return payload.subarray(1, payload.length - padding);
}

function onlyNumber(payload: Buffer): number {
  if (payload.length !== 4) throw new ProtocolError(ERROR.frameSize, "a number of a wrong size");
  return payload.readUInt32BE(0);
}

/** A response that never says how it went would be taken for a fault of the message's. */
function checkStatus(status: number, end: boolean): number {
  if (status >= (end ? 200 : 100) && status < 1_000) return status;
  throw new ProtocolError(ERROR.protocol, "a response without a status");
}

function checkFrameSize(size: number): number {
  if (size >= DEFAULT_FRAME_SIZE && size < 2 ** 24) return size;
  throw new ProtocolError(ERROR.protocol, `frames of ${size} bytes`);
}
