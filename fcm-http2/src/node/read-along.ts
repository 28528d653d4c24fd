const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const END_STREAM = 0x1;
/** DATA and HEADERS: what a message is made of. */
const PARTS = [0, 1];

/** A part of a message. */
export interface Part {
  stream: number;
  isLast: boolean;
}

/**
 * Reads along with what Node writes, and tells the parts of messages in it: Node itself does not say which of them have
 * left it. It looks at nothing but the heads of frames (RFC 9113, 4.1).
 */
export function createAlongReader(): (bytes: Buffer) => Part[] {
  const head = Buffer.alloc(HEAD_BYTES);
  let headAt = 0;
  let skip = PREFACE_BYTES;

  return (bytes) => {
    const parts: Part[] = [];
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
      const isLast = (head.readUInt8(4) & END_STREAM) !== 0;
      if (PARTS.includes(head.readUInt8(3))) parts.push({ stream: head.readUInt32BE(5), isLast });
    }
    return parts;
  };
}
