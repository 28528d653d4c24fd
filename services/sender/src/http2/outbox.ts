import type { Call } from "./call.ts";
import {
  DATA,
  DEFAULT_FRAME_SIZE,
  DEFAULT_WINDOW,
  END_HEADERS,
  END_STREAM,
  ERROR,
  FRAME_HEAD_BYTES,
  HEADERS,
  MOST,
  ProtocolError,
  writeHead,
} from "./frames.ts";
import type { HeaderWriter } from "./header-writer.ts";

/**
 * What goes out on one connection: requests get their streams here, and bodies wait where the peer has not yet made
 * room for them. Everything of one turn of the event loop goes out in one piece.
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
  /** Nothing more of this stream's body is to go out. True if there was more of it. */
  forget(stream: number): boolean;
  /** Sends what there is now. */
  flush(): void;
  /** Takes back the requests that have no stream yet. */
  takeBack(): Call[];
}

export interface OutboxDeps {
  headers: HeaderWriter;
  write: (bytes: Buffer) => void;
  /** A request has its stream from now on. */
  onStream: (call: Call, id: number) => void;
  /** There are no more numbers for streams: requests that are still here stay here. Said again at each turn. */
  onExhausted: () => void;
  /** The first stream's number; 1 by default. */
  firstId?: number;
}

/** A body of which a part is still here, because the peer has no room for it. */
interface Held {
  id: number;
  body: Buffer;
  sent: number;
  window: number;
}

export function createOutbox({ headers, write, onStream, onExhausted, firstId = 1 }: OutboxDeps): Outbox {
  let calls: Call[] = [];
  let controls: Buffer[] = [];
  const held = new Map<number, Held>();
  let nextId = firstId;
  let window = DEFAULT_WINDOW;
  let initialWindow = DEFAULT_WINDOW;
  let frameSize = DEFAULT_FRAME_SIZE;
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    process.nextTick(flush);
  }

  function flush(): void {
    scheduled = false;
    const parts = controls;
    controls = [];
    if (calls.length > 0) parts.push(encodeCalls());
    release(parts);
    const [only] = parts;
    if (only) write(parts.length === 1 ? only : Buffer.concat(parts));
    // Only now: whoever hears of it flushes again, which must not overtake what this turn has written.
    if (nextId > MOST) onExhausted();
  }

  /** Gives each request its stream and writes it down whole, unless its body has to wait. */
  function encodeCalls(): Buffer {
    const waiting = calls;
    calls = [];
    const blocks = waiting.map(({ fields }) => headers.blockOf(fields));
    const sizes = waiting.map(({ body }) => Buffer.byteLength(body));
    const total = blocks.reduce((sum, { length }, index) => sum + length + (sizes[index] ?? 0), 0);
    const target = Buffer.allocUnsafe(total + 2 * FRAME_HEAD_BYTES * waiting.length);
    let at = 0;
    for (const [index, call] of waiting.entries()) {
      const block = blocks[index];
      if (!block || nextId > MOST) {
        calls.push(call);
        continue;
      }
      at = encodeCall(target, at, call, block, sizes[index] ?? 0);
    }
    return target.subarray(0, at);
  }

  function encodeCall(target: Buffer, start: number, call: Call, block: Buffer, size: number): number {
    const id = nextId;
    nextId += 2;
    onStream(call, id);
    let at = writeHead(target, start, block.length, HEADERS, END_HEADERS, id);
    at += block.copy(target, at);
    // A body of nothing needs no room, and would never be released: there is no piece of it.
    if (size === 0 || (held.size === 0 && size <= window && size <= initialWindow && size <= frameSize)) {
      window -= size;
      at = writeHead(target, at, size, DATA, END_STREAM, id);
      at += target.write(call.body, at);
    } else {
      held.set(id, { id, body: Buffer.from(call.body), sent: 0, window: initialWindow });
    }
    call.body = "";
    return at;
  }

  /** Sends on what was held, in turn, as far as there is room. */
  function release(parts: Buffer[]): void {
    for (const one of held.values()) {
      while (one.sent < one.body.length) {
        const size = Math.min(one.body.length - one.sent, one.window, window, frameSize);
        if (size <= 0) break;
        parts.push(encodePiece(one, size));
      }
      if (window <= 0) break;
    }
  }

  function encodePiece(one: Held, size: number): Buffer {
    const isLast = one.sent + size === one.body.length;
    const target = Buffer.allocUnsafe(FRAME_HEAD_BYTES + size);
    const at = writeHead(target, 0, size, DATA, isLast ? END_STREAM : 0, one.id);
    one.body.copy(target, at, one.sent, one.sent + size);
    one.sent += size;
    one.window -= size;
    window -= size;
    if (isLast) held.delete(one.id);
    return target;
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
      if (stream === 0) window = checked(window + bytes);
      const one = held.get(stream);
      if (one) one.window = checked(one.window + bytes);
      if (held.size > 0) schedule();
    },
    setInitialWindow(bytes) {
      for (const one of held.values()) one.window = checked(one.window + bytes - initialWindow);
      initialWindow = checked(bytes);
      if (held.size > 0) schedule();
    },
    setFrameSize(bytes) {
      frameSize = bytes;
    },
    forget: (stream) => held.delete(stream),
    flush,
    takeBack() {
      const waiting = calls;
      calls = [];
      return waiting;
    },
  };
}

function checked(window: number): number {
  if (window > MOST) throw new ProtocolError(ERROR.flowControl, "a window grows too large");
  return window;
}
