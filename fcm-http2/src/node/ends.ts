const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const END_STREAM = 0x1;
/** DATA and HEADERS, the frames that may end a stream. */
const ENDING = [0, 1];

/**
 * Reads along with what Node writes, and tells the streams whose ends are in it: Node itself does not say which messages
 * have left it whole. It looks at nothing but the heads of frames (RFC 9113, 4.1).
 */
export function createEndReader(): (bytes: Buffer) => number[] {
  const head = Buffer.alloc(HEAD_BYTES);
  let headAt = 0;
  let skip = PREFACE_BYTES;

  return (bytes) => {
    const ends: number[] = [];
    let at = 0;
    while (at < bytes.length) {
      const skipped = Math.min(skip, bytes.length - at);
      skip -= skipped;
      at += skipped;
      const copied = bytes.copy(head, headAt, at, at + HEAD_BYTES - headAt);
      headAt += copied;
      at += copied;
      if (headAt < HEAD_BYTES) break;
      headAt = 0;
      skip = head.readUIntBE(0, 3);
      if (ENDING.includes(head.readUInt8(3)) && head.readUInt8(4) & END_STREAM)
        ends.push(head.readUInt32BE(5));
    }
    return ends;
  };
}
