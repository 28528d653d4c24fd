import { ERROR, ProtocolError } from "../error-codes.ts";
import { DEFAULT_TABLE_SIZE } from "./frames.ts";
import { decodeHuffman } from "./huffman.ts";
import { bytesOf, STATIC_TABLE } from "./static-table.ts";

/** What we want to know of a response's header fields. */
export interface ResponseHead {
  /** 0 where the block has none, as trailers have. */
  status: number;
  retryAfter: string | undefined;
  date: string | undefined;
}

/** Reads the header blocks of one connection, which must come in their order: each may add to the table (RFC 7541). */
export type HeaderReader = (block: Buffer) => ResponseHead;

interface Entry {
  name: string;
  value: string;
}

const STATIC: readonly Entry[] = STATIC_TABLE.map(([name, value]) => ({ name, value }));

/** The reader throws ProtocolError(COMPRESSION_ERROR) for a block that makes no sense; nothing can be read then any more. */
export function createHeaderReader(): HeaderReader {
  const table = createTable();
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;

  /** An integer whose first byte shares its upper bits with something else (RFC 7541, 5.1). */
  function readInteger(prefixBits: number): number {
    const most = (1 << prefixBits) - 1;
    let value = readByte() & most;
    if (value < most) return value;
    for (let scale = 1; ; scale *= 128) {
      const byte = readByte();
      value += (byte & 0x7f) * scale;
      // Nothing here is that large, and larger sums would not be exact, nor zeros without an end a number.
      if (value > 2 ** 31 || scale > 2 ** 31)
        throw new ProtocolError(ERROR.compression, "an integer is too large");
      if (byte < 0x80) return value;
    }
  }

  function readByte(): number {
    const byte = bytes[at];
    if (byte === undefined) throw new ProtocolError(ERROR.compression, "a header block ends too soon");
    at += 1;
    return byte;
  }

  function readText(): string {
    const isHuffman = ((bytes[at] ?? 0) & 0x80) !== 0;
    const length = readInteger(7);
    if (at + length > bytes.length)
      throw new ProtocolError(ERROR.compression, "a header block ends too soon");
    at += length;
    return isHuffman
      ? decodeHuffman(bytes.subarray(at - length, at))
      : bytes.toString("latin1", at - length, at);
  }

  /** A field with a value of its own; its name may be one from the table. */
  function readLiteral(prefixBits: number): Entry {
    const place = readInteger(prefixBits);
    const name = place === 0 ? readText() : table.at(place).name;
    return { name, value: readText() };
  }

  /** One field, in any of its four forms; null for a change of the table's size, which is none (RFC 7541, 6). */
  function readField(): Entry | null {
    const first = bytes[at] ?? 0;
    if (first & 0x80) return table.at(readInteger(7));
    if (first & 0x40) {
      const entry = readLiteral(6);
      table.add(entry);
      return entry;
    }
    if (first & 0x20) {
      table.resize(readInteger(5));
      return null;
    }
    return readLiteral(4);
  }

  return (block) => {
    bytes = block;
    at = 0;
    const head: ResponseHead = { status: 0, retryAfter: undefined, date: undefined };
    while (at < bytes.length) {
      const field = readField();
      if (field?.name === ":status") head.status = Number(field.value);
      else if (field?.name === "retry-after") head.retryAfter = field.value;
      else if (field?.name === "date") head.date = field.value;
    }
    return head;
  };
}

/** The dynamic table behind the static one: the newest entry first, the oldest dropped when it grows too large. */
function createTable() {
  const entries: Entry[] = [];
  let size = 0;
  let most = DEFAULT_TABLE_SIZE;

  function shrinkTo(limit: number): void {
    while (size > limit) {
      const oldest = entries.pop();
      if (!oldest) break;
      size -= bytesOf(oldest.name, oldest.value);
    }
  }

  return {
    at(place: number): Entry {
      const entry = place <= STATIC.length ? STATIC[place - 1] : entries[place - STATIC.length - 1];
      if (!entry) throw new ProtocolError(ERROR.compression, `there is no field at place ${place}`);
      return entry;
    },
    add(entry: Entry): void {
      const bytes = bytesOf(entry.name, entry.value);
      shrinkTo(most - bytes);
      // One that is larger than the whole table leaves it empty (RFC 7541, 4.4).
      if (bytes > most) return;
      entries.unshift(entry);
      size += bytes;
    },
    resize(limit: number): void {
      if (limit > DEFAULT_TABLE_SIZE) throw new ProtocolError(ERROR.compression, "the table grows too large");
      most = limit;
      shrinkTo(limit);
    },
  };
}
