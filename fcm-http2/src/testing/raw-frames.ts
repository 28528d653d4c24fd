/** HTTP/2 frame types (RFC 9113, 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export interface Frame {
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
}

const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;

/** Cuts what a client says into frames of any size, behind the words with which it begins. */
export function cutFrames(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let unread: Buffer = Buffer.alloc(0);
  let skip = PREFACE_BYTES;

  function takeFrame(): Frame | undefined {
    if (unread.length < HEAD_BYTES) return undefined;
    const end = HEAD_BYTES + unread.readUIntBE(0, 3);
    if (unread.length < end) return undefined;
    const [type, flags] = [unread.readUInt8(3), unread.readUInt8(4)];
    const frame = {
      type,
      flags,
      streamId: unread.readUInt32BE(5),
      payload: unread.subarray(HEAD_BYTES, end),
    };
    unread = unread.subarray(end);
    return frame;
  }

  return (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    if (unread.length < skip) return;
    unread = unread.subarray(skip);
    skip = 0;
    for (let frame = takeFrame(); frame !== undefined; frame = takeFrame()) onFrame(frame);
  };
}

/** Any frame at all, also one that nobody may send. */
export function encode(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** SETTINGS with a limit of streams, or without any setting. */
export function settings(maxConcurrentStreams?: number): Buffer {
  return maxConcurrentStreams === undefined ? settingsOf() : settingsOf([3, maxConcurrentStreams]);
}

/** SETTINGS by the numbers of RFC 9113, 6.5.2. */
export function settingsOf(...pairs: [id: number, value: number][]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return encode(FRAME.settings, 0, 0, payload);
}

/** HPACK's static table has these statuses as one byte (RFC 7541, appendix A). */
const STATUS = { 200: 0x88, 400: 0x8c, 404: 0x8d, 500: 0x8e } as const;

export function headers(streamId: number, status: keyof typeof STATUS, end = false): Buffer {
  return block(streamId, Buffer.from([STATUS[status]]), end);
}

/** HEADERS with a header block as it stands. */
export function block(streamId: number, fields: Uint8Array, end = false): Buffer {
  return encode(FRAME.headers, FLAG.endHeaders | (end ? FLAG.endStream : 0), streamId, fields);
}

/** A field as HPACK's literal with a new name, which the reader remembers or not. Texts under 127 bytes. */
export function field(name: string, value: string, remember = false): Buffer {
  const texts = [name, value].map((text) =>
    Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]),
  );
  return Buffer.concat([Buffer.from([remember ? 0x40 : 0x00]), ...texts]);
}

export function data(streamId: number, text: string, end = true): Buffer {
  return encode(FRAME.data, end ? FLAG.endStream : 0, streamId, Buffer.from(text));
}

export function reset(streamId: number, code: number): Buffer {
  return encode(FRAME.rst, 0, streamId, uint32(code));
}

export function goaway(lastStreamId: number, code: number): Buffer {
  return encode(FRAME.goaway, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code)]));
}

export function windowUpdate(streamId: number, bytes: number): Buffer {
  return encode(FRAME.windowUpdate, 0, streamId, uint32(bytes));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
