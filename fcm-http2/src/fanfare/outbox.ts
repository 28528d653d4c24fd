import { elapsed } from "@fanfare/shared/hosting/elapsed";
import type { Call } from "../call.ts";
import { ERROR } from "../error-codes.ts";
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_HEAD_BYTES,
  HEADERS,
  MOST,
  numbersFrame,
  RST_STREAM,
  writeHead,
} from "./frames.ts";
import type { HeaderWriter } from "./header-writer.ts";
import { createHeldBodies } from "./held-bodies.ts";

/**
 * What goes out on one connection: requests get their streams here, and wait where the connection takes no more; bodies
 * wait where the peer has not yet made room for them. Everything of one turn of the event loop goes out in few pieces.
 * What waits past its time does not go out: each request is asked at the moment of writing.
 */
export interface Outbox {
  /** Puts a request on a stream at the end of this turn. */
  add(call: Call): void;
  /** Adds a frame that is no request, which goes out at the end of this turn. */
  control(frame: Buffer): void;
  /** The peer made room for so many bytes more, on a stream or (0) on the connection. */
  widen(stream: number, bytes: number): void;
  /** The room that each stream begins with; those that are open change with it. */
  setInitialWindow(bytes: number): void;
  setFrameSize(bytes: number): void;
  /** Nothing more of this request is to go out. True if a part of its body had gone out, and more was to come. */
  forget(call: Call): boolean;
  /** Sends what there is now, as far as the connection takes it. */
  flush(): void;
  /** The connection may take more again. */
  resume(): void;
  /** Takes back the requests that have no stream yet. */
  takeBack(): Call[];
}

export interface OutboxDeps {
  headers: HeaderWriter;
  write: (bytes: Buffer) => void;
  /** Whether the connection still holds what it was given before: then only control frames are written. */
  isFull: () => boolean;
  /** A request has its stream from now on. */
  onStream: (call: Call, id: number) => void;
  /** Its time was over before all of it could be written. It is not here any more. */
  onLate: (call: Call) => void;
  /** There are no more numbers for streams: requests that are still here stay here. Said again at each turn. */
  onExhausted: () => void;
  /** The first stream's number; 1 by default. */
  firstId?: number;
  /** The clock of the requests' `notAfter`. */
  now?: () => number;
}

/**
 * Bytes that are written at once, about: as many as a TLS record holds. Of what a socket cannot take at once the rest
 * waits below us, where it is not asked any more whether it may still go out; so it is to be little.
 */
const PIECE_BYTES = 16_384;

export function createOutbox(deps: OutboxDeps): Outbox {
  const { headers, write, isFull, onStream, onLate, onExhausted, firstId = 1, now = elapsed } = deps;
  let calls: Call[] = [];
  let controls: Buffer[] = [];
  const held = createHeldBodies();
  let nextId = firstId;
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    process.nextTick(flush);
  }

  function flush(): void {
    scheduled = false;
    let parts = controls;
    controls = [];
    const late: Call[] = [];
    const mayWrite = calls.length > 0 || held.size() > 0;
    const time = mayWrite ? now() : 0;
    for (;;) {
      if (mayWrite && !isFull()) addPiece(parts, time, late);
      const [only] = parts;
      if (only === undefined) break;
      write(parts.length === 1 ? only : Buffer.concat(parts));
      parts = [];
    }
    // Only now: whoever hears of it flushes again, which must not overtake what this turn has written.
    for (const call of late) onLate(call);
    if (nextId > MOST) onExhausted();
  }

  /** The next requests, and what was held of others, until it is enough for a piece. */
  function addPiece(parts: Buffer[], time: number, late: Call[]): void {
    const requests = encodeCalls(time, late);
    if (requests.length > 0) parts.push(requests);
    if (requests.length >= PIECE_BYTES) return;
    for (const call of held.late(time)) {
      parts.push(numbersFrame(RST_STREAM, call.streamId, ERROR.cancel));
      late.push(call);
    }
    held.release(parts, PIECE_BYTES - requests.length);
  }

  /** Gives requests their streams, first come first served, and writes each down whole, unless its body has to wait. */
  function encodeCalls(time: number, late: Call[]): Buffer {
    const taken: { call: Call; block: Buffer; size: number }[] = [];
    let total = 0;
    let looked = 0;
    for (; looked < calls.length && total < PIECE_BYTES; looked++) {
      if (nextId + 2 * taken.length > MOST) break;
      const call = calls[looked] as Call;
      if (call.notAfter() <= time) {
        late.push(call);
        continue;
      }
      const block = headers.blockOf(call.fields);
      const size = Buffer.byteLength(call.body);
      taken.push({ call, block, size });
      total += block.length + size + 2 * FRAME_HEAD_BYTES;
    }
    calls = looked === calls.length ? [] : calls.slice(looked);
    const target = Buffer.allocUnsafe(total);
    let at = 0;
    for (const { call, block, size } of taken) at = encodeCall(target, at, call, block, size);
    return target.subarray(0, at);
  }

  function encodeCall(target: Buffer, start: number, call: Call, block: Buffer, size: number): number {
    const id = nextId;
    nextId += 2;
    onStream(call, id);
    let at = writeHead(target, start, block.length, HEADERS, END_HEADERS, id);
    at += block.copy(target, at);
    if (held.fits(size)) {
      held.spend(size);
      at = writeHead(target, at, size, DATA, END_STREAM, id);
      at += target.write(call.body, at);
      call.whole = true;
    } else {
      held.add(call);
    }
    call.body = "";
    return at;
  }

  return {
    add(call) {
      calls.push(call);
      schedule();
    },
    control(frame) {
      controls.push(frame);
      schedule();
    },
    widen(stream, bytes) {
      held.widen(stream, bytes);
      if (held.size() > 0) schedule();
    },
    setInitialWindow(bytes) {
      held.setInitialWindow(bytes);
      if (held.size() > 0) schedule();
    },
    setFrameSize: held.setFrameSize,
    forget(call) {
      if (call.streamId !== 0) return held.forget(call.streamId);
      calls = calls.filter((other) => other !== call);
      return false;
    },
    flush,
    resume() {
      if (calls.length > 0 || held.size() > 0) flush();
    },
    takeBack() {
      const waiting = calls;
      calls = [];
      return waiting;
    },
  };
}
