import type { Call } from "../call.ts";
import { ERROR, ProtocolError } from "../error-codes.ts";
import {
  DATA,
  DEFAULT_FRAME_SIZE,
  DEFAULT_WINDOW,
  END_STREAM,
  FRAME_HEAD_BYTES,
  MOST,
  writeHead,
} from "./frames.ts";

/** A body of which a part is still here, because the peer has no room for it. */
interface Held {
  call: Call;
  body: Buffer;
  sent: number;
  window: number;
}

/** Flow control (RFC 9113, 5.2): what the peer has room for, and the bodies that wait for it. */
export function createHeldBodies() {
  const held = new Map<number, Held>();
  let window = DEFAULT_WINDOW;
  let initialWindow = DEFAULT_WINDOW;
  let frameSize = DEFAULT_FRAME_SIZE;

  function encodePiece(one: Held, size: number): Buffer {
    const { call, body, sent } = one;
    const isLast = sent + size === body.length;
    const target = Buffer.allocUnsafe(FRAME_HEAD_BYTES + size);
    const at = writeHead(target, 0, size, DATA, isLast ? END_STREAM : 0, call.streamId);
    body.copy(target, at, sent, sent + size);
    one.sent += size;
    one.window -= size;
    window -= size;
    if (isLast) {
      call.whole = true;
      held.delete(call.streamId);
    }
    return target;
  }

  return {
    size: () => held.size,

    /** Whether a body goes out whole on a new stream. An empty body needs no room, and would never be released. */
    fits(size: number): boolean {
      return size === 0 || (held.size === 0 && size <= window && size <= initialWindow && size <= frameSize);
    },

    /** A body went out that was never here. */
    spend(bytes: number): void {
      window -= bytes;
    },

    /** Keeps the body of a request that has just got its stream. */
    add(call: Call): void {
      held.set(call.streamId, { call, body: Buffer.from(call.body), sent: 0, window: initialWindow });
    },

    /** Takes out the requests whose time is over: their ends never went out. */
    late(time: number): Call[] {
      const late = [...held.values()].map(({ call }) => call).filter((call) => call.notAfter() <= time);
      for (const { streamId } of late) held.delete(streamId);
      return late;
    },

    /** Sends on what is here, in turn, as far as there is room, until about `most` bytes are added. */
    release(parts: Buffer[], most: number): void {
      let left = most;
      for (const one of held.values()) {
        while (one.sent < one.body.length && left > 0) {
          const size = Math.min(one.body.length - one.sent, one.window, window, frameSize);
          if (size <= 0) break;
          parts.push(encodePiece(one, size));
          left -= size;
        }
        if (window <= 0 || left <= 0) break;
      }
    },

    widen(stream: number, bytes: number): void {
      if (stream === 0) window = checked(window + bytes);
      const one = held.get(stream);
      if (one) one.window = checked(one.window + bytes);
    },

    setInitialWindow(bytes: number): void {
      for (const one of held.values()) one.window = checked(one.window + bytes - initialWindow);
      initialWindow = checked(bytes);
    },

    setFrameSize(bytes: number): void {
      frameSize = bytes;
    },

    forget: (stream: number) => held.delete(stream),
  };
}

function checked(window: number): number {
  if (window > MOST) throw new ProtocolError(ERROR.flowControl, "a window grows too large");
  return window;
}
