import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { elapsed } from "@fanfare/shared/hosting/elapsed";
import type { Call } from "../call.ts";
import type { Session, SessionEvents } from "../session.ts";
import { createRawFields, startExchange } from "./exchange.ts";
import { createAlongReader } from "./read-along.ts";
import { createWire } from "./wire.ts";

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = http2.constants;

/** As much as our own driver: room for more answers than all streams get in a round trip. */
const STREAM_WINDOW = 1 << 20;
const CONNECTION_WINDOW = 1 << 24;
/** Bytes of messages that Node is given at once, about. What has to wait is to wait here, where it costs no stream. */
const PIECE_BYTES = 16_384;
/** What a message's header fields are counted as. */
const HEADER_BYTES = 64;

const SETTINGS = { enablePush: false, initialWindowSize: STREAM_WINDOW };

/** The fallback: Node's HTTP/2 (nghttp2). It costs several times what ours does, and has met every server there is. */
export function openNodeSession(events: SessionEvents): Session {
  const streams = new Map<Call, ClientHttp2Stream>();
  /** Those whose ends are not with the socket yet, by stream: Node holds them, for want of room on either side. */
  const unsent = new Map<number, Call>();
  /** Those that a GOAWAY with an error left without an answer. */
  const lost = new Set<Call>();
  const fieldsOf = createRawFields();
  const readAlong = createAlongReader();
  /** Those that Node was not given yet. */
  let queue: Call[] = [];
  let room = PIECE_BYTES;
  let isOver = false;
  let isTaken = false;

  const wire = createWire({ write: events.write, isFull: events.isFull, mayWrite });
  const session = openSession(wire.stream);
  session.on("remoteSettings", ({ maxConcurrentStreams = Number.POSITIVE_INFINITY }) => {
    for (const call of takeBack()) events.onUnsent(call);
    events.onLimit(maxConcurrentStreams);
  });
  session.on("goaway", onGoaway);
  session.on("error", () => broken("protocol:PROTOCOL_ERROR"));
  session.on("close", () => broken("closed"));

  function broken(cause: string): void {
    if (!isOver) events.onBroken(cause);
    isOver = true;
  }

  /** Node frames a message a moment after it was given it. Where this process stood still in that moment, it is late. */
  function mayWrite(bytes: Buffer): boolean {
    const parts = readAlong(bytes);
    const begun = new Set(parts.flatMap(({ stream }) => unsent.get(stream) ?? []));
    if (lateOf(begun).length > 0) {
      broken("late");
      return false;
    }
    for (const { stream, isLast } of parts) if (isLast) wasSent(stream);
    return true;
  }

  function wasSent(stream: number): void {
    const call = unsent.get(stream);
    if (call) call.whole = true;
    unsent.delete(stream);
  }

  /** Comes before Node acts on it, which drops every stream in silence where there is an error. */
  function onGoaway(code: number, last = 0): void {
    const open = [...streams].filter(([, { closed }]) => !closed);
    const above = open.flatMap(([call, { id }]) => ((id ?? last + 1) > last ? [call] : []));
    if (code === NGHTTP2_NO_ERROR) {
      for (const call of above) forget(call);
      events.onGoaway(code, [...above, ...takeBack()]);
      return;
    }
    isOver = true;
    for (const [call] of open) lost.add(call);
    for (const call of above) call.whole = false;
    // Answers that came before it are told in the rest of this turn.
    setImmediate(() => {
      if (!isTaken) events.onGoaway(code, takeBack());
    });
  }

  function takeBack(): Call[] {
    const waiting = queue;
    queue = [];
    return waiting;
  }

  function forget(call: Call): void {
    unsent.delete(streams.get(call)?.id ?? 0);
    streams.delete(call);
  }

  /** Resets a stream whose answer is not waited for any more. */
  function giveUp(call: Call): void {
    const stream = streams.get(call);
    forget(call);
    if (!stream?.closed) stream?.close(NGHTTP2_CANCEL);
  }

  /** Takes back what Node holds past its time. To be called before whatever would let Node send it. */
  function dropLate(): void {
    if (unsent.size === 0) return;
    for (const call of lateOf(unsent.values())) {
      giveUp(call);
      events.onUnsent(call);
    }
  }

  /** Gives Node the next requests, as many as make a piece. */
  function pump(): void {
    if (isOver || queue.length === 0 || events.isFull()) return;
    const late = new Set(lateOf(queue));
    queue = queue.filter((call) => !late.has(call));
    for (let call = queue[0]; call && room > 0; call = queue[0]) {
      queue.shift();
      send(call);
    }
    for (const call of late) events.onUnsent(call);
  }

  function send(call: Call): void {
    room -= Buffer.byteLength(call.body) + HEADER_BYTES;
    const stream = startExchange(session, fieldsOf(call.fields), call, {
      onResponse: () => end(call, events.onResponse),
      onReset: (code) => end(call, () => events.onReset(call, code)),
      onUnsent: () => end(call, events.onUnsent),
      onExhausted: events.onExhausted,
    });
    streams.set(call, stream);
    if (stream.id !== undefined) unsent.set(stream.id, call);
  }

  function end(call: Call, tell: (call: Call) => void): void {
    if (!streams.has(call) || lost.has(call)) return;
    // The answer may come before all of the question: the server is told that the rest does not follow.
    giveUp(call);
    tell(call);
  }

  return {
    request(call) {
      if (queue.push(call) === 1) process.nextTick(pump);
    },
    cancel(call) {
      if (streams.has(call)) giveUp(call);
      else queue = queue.filter((other) => other !== call);
    },
    resume() {
      room = PIECE_BYTES;
      dropLate();
      wire.resume();
      pump();
    },
    ping() {
      if (session.destroyed) return;
      session.ping((error) => {
        if (!error) events.onPong();
      });
    },
    receive(bytes) {
      dropLate();
      wire.stream.push(bytes);
    },
    goaway(code) {
      if (!session.destroyed) session.goaway(code);
    },
    takeAll() {
      isOver = true;
      isTaken = true;
      const all = [...streams.keys(), ...takeBack()];
      streams.clear();
      unsent.clear();
      wire.stream.destroy();
      session.destroy();
      return all;
    },
  };
}

function lateOf(calls: Iterable<Call>): Call[] {
  const time = elapsed();
  return [...calls].filter((call) => call.notAfter() <= time);
}

function openSession(stream: Duplex): ClientHttp2Session {
  // Where to is in each request's own fields.
  const session = http2.connect("http://fcm", { createConnection: () => stream, settings: SETTINGS });
  session.on("connect", () => {
    if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW);
  });
  return session;
}
