import type { TLSSocket } from "node:tls";
import { createFrameReader } from "@fanfare/fcm-http2/fanfare/frame-reader";
import {
  ACK,
  DATA,
  DEFAULT_WINDOW,
  END_STREAM,
  frame,
  MOST,
  numbersFrame,
  PING,
  PREFACE,
  SETTING,
  SETTINGS,
  SETTINGS_ACK,
  settingsFrame,
  WINDOW_UPDATE,
} from "@fanfare/fcm-http2/fanfare/frames";
import { MARKS } from "@fanfare/simulator";
import { type Answers, FIRST, LATER, type Template } from "./answers.ts";

/** FCM's limit of streams on a connection. */
const STREAMS = 100;
const DEAD = Buffer.from(MARKS.dead);

interface Connection {
  socket: TLSSocket;
  answers: Answers;
  out: Buffer[];
  /** Bytes of bodies since the client was last given room for more. */
  received: number;
}

interface Due {
  connection: Connection;
  stream: number;
  isDead: boolean;
}

let latency = { meanMs: 0, jitterMs: 0 };
/** Answers that wait, by the millisecond in which they are due. */
const waiting = new Map<number, Due[]>();

export function setLatency(order: typeof latency): void {
  latency = order;
}

/**
 * Serves one connection, frame by frame, because a whole HTTP/2 server would cost more than the clients that are
 * measured. It reads no headers, and of a body only whether its address is marked as dead.
 */
export function serve(socket: TLSSocket): void {
  const connection: Connection = { socket, answers: FIRST, out: [], received: 0 };
  const dead = new Set<number>();
  let preface = PREFACE.length;

  const read = createFrameReader((type, flags, stream, payload) => {
    if (type === DATA) {
      connection.received += payload.length;
      if (payload.includes(DEAD)) dead.add(stream);
      if (flags & END_STREAM) take({ connection, stream, isDead: dead.delete(stream) });
    } else if (!(flags & ACK)) {
      if (type === SETTINGS) connection.out.push(SETTINGS_ACK);
      if (type === PING) connection.out.push(frame(PING, ACK, 0, payload));
    }
  });

  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const skipped = Math.min(preface, chunk.length);
    preface -= skipped;
    read(chunk.subarray(skipped));
    giveRoom(connection);
    flush(connection);
  });
  const greeting = settingsFrame([
    [SETTING.maxConcurrentStreams, STREAMS],
    [SETTING.initialWindowSize, 1 << 20],
  ]);
  socket.write(Buffer.concat([greeting, numbersFrame(WINDOW_UPDATE, 0, MOST - DEFAULT_WINDOW)]));
}

function giveRoom(connection: Connection): void {
  if (connection.received < MOST / 2) return;
  connection.out.push(numbersFrame(WINDOW_UPDATE, 0, connection.received));
  connection.received = 0;
}

function take(due: Due): void {
  const { meanMs, jitterMs } = latency;
  if (meanMs === 0) answer(due);
  else wait(due, Math.floor(performance.now() + meanMs + (Math.random() * 2 - 1) * jitterMs));
}

function wait(due: Due, at: number): void {
  if (waiting.size === 0) setTimeout(answerDue, 1);
  const others = waiting.get(at);
  if (others) others.push(due);
  else waiting.set(at, [due]);
}

/** Answers everything whose millisecond has come. */
function answerDue(): void {
  const now = performance.now();
  const touched = new Set<Connection>();
  for (const [at, list] of waiting) {
    if (at > now) continue;
    for (const due of list) {
      answer(due);
      touched.add(due.connection);
    }
    waiting.delete(at);
  }
  for (const connection of touched) flush(connection);
  if (waiting.size > 0) setTimeout(answerDue, 1);
}

function answer({ connection, stream, isDead }: Due): void {
  const { accepted, dead } = connection.answers;
  connection.out.push(fill(isDead ? dead : accepted, stream));
  connection.answers = LATER;
}

function fill({ bytes, streamAt }: Template, stream: number): Buffer {
  const copy = Buffer.from(bytes);
  for (const at of streamAt) copy.writeUInt32BE(stream, at);
  return copy;
}

function flush({ socket, out }: Connection): void {
  if (out.length > 0 && !socket.destroyed) socket.write(Buffer.concat(out));
  out.length = 0;
}
