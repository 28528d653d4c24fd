import { ERROR, ProtocolError } from "../error-codes.ts";
import { DEFAULT_FRAME_SIZE, FRAME_HEAD_BYTES, MOST } from "./frames.ts";

const EMPTY = Buffer.alloc(0);

export type OnFrame = (type: number, flags: number, stream: number, payload: Buffer) => void;

/**
 * Cuts what comes over the connection into frames, whatever pieces it comes in. A payload is a view of those pieces.
 * Throws ProtocolError for a frame larger than we allow, which is also what a peer sends that speaks no HTTP/2.
 */
export function createFrameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest: Buffer = EMPTY;

  return (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD_BYTES) {
      const length = bytes.readUIntBE(at, 3);
      if (length > DEFAULT_FRAME_SIZE)
        throw new ProtocolError(ERROR.frameSize, `a frame has ${length} bytes`);
      const end = at + FRAME_HEAD_BYTES + length;
      if (bytes.length < end) break;
      const stream = bytes.readUInt32BE(at + 5) & MOST;
      onFrame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, stream, bytes.subarray(at + FRAME_HEAD_BYTES, end));
      at = end;
    }
    rest = at < bytes.length ? bytes.subarray(at) : EMPTY;
  };
}
