import type { HeaderFields } from "../call.ts";
import { DEFAULT_TABLE_SIZE } from "./frames.ts";
import { bytesOf, STATIC_TABLE } from "./static-table.ts";

/** Makes the header blocks of one connection's requests, which have the same fields again and again. */
export interface HeaderWriter {
  /** The block for the next request. The same fields, by identity, cost nearly nothing. */
  blockOf(fields: HeaderFields): Buffer;
  /** The peer's table holds so many bytes; fewer than the usual 4096 are not used at all. */
  setTableSize(bytes: number): void;
}

const FIRST_PLACE = STATIC_TABLE.length + 1;

/** Forms of a field (RFC 7541, 6), each with the bits that its integer has in the first byte. */
const INDEXED = { mark: 0x80, bits: 7 };
const REMEMBERED = { mark: 0x40, bits: 6 };
const RESIZE = { mark: 0x20, bits: 5 };
const PLAIN = { mark: 0x00, bits: 4 };

/**
 * The first block tells the peer every field and has it remember them; the next ones are only their places in its
 * memory, a byte each. A peer that keeps less memory than usual gets every field in every block.
 */
export function createHeaderWriter(): HeaderWriter {
  let remembers = true;
  /** Said once: a peer that shrank its table is owed a word about it (RFC 7541, 4.2). */
  let owesResize = false;
  let known: HeaderFields | undefined;
  let again: Buffer = Buffer.alloc(0);

  function tell(fields: HeaderFields): Buffer {
    const fits = remembers && sizeOf(fields) <= DEFAULT_TABLE_SIZE;
    const block = write(fields, fits ? REMEMBERED : PLAIN);
    known = fields;
    again = fits ? recall(fields) : block;
    return block;
  }

  return {
    blockOf(fields) {
      if (fields === known) return again;
      const block = tell(fields);
      if (!owesResize) return block;
      owesResize = false;
      return Buffer.concat([integer(RESIZE, 0), block]);
    },
    setTableSize(bytes) {
      if (bytes >= DEFAULT_TABLE_SIZE || !remembers) return;
      remembers = false;
      owesResize = true;
      known = undefined;
    },
  };
}

function sizeOf(fields: HeaderFields): number {
  return fields.reduce((sum, [name, value]) => sum + bytesOf(name, value), 0);
}

/** Every field with its value, but for those that the static table has whole. */
function write(fields: HeaderFields, form: typeof PLAIN): Buffer {
  const parts = fields.map(([name, value]) => {
    const place = placeOf(name, value);
    if (place > 0) return integer(INDEXED, place);
    const named = STATIC_TABLE.findIndex(([known]) => known === name) + 1;
    const head = integer(form, named);
    return Buffer.concat(named > 0 ? [head, text(value)] : [head, text(name), text(value)]);
  });
  return Buffer.concat(parts);
}

/** The same fields once the peer has remembered them: what was told last has the first place. */
function recall(fields: HeaderFields): Buffer {
  let place = FIRST_PLACE + fields.filter(([name, value]) => placeOf(name, value) === 0).length;
  const places = fields.map(([name, value]) => placeOf(name, value) || --place);
  return Buffer.concat(places.map((one) => integer(INDEXED, one)));
}

function placeOf(name: string, value: string): number {
  return STATIC_TABLE.findIndex((entry) => entry[0] === name && entry[1] === value) + 1;
}

/** RFC 7541, 5.1. */
function integer({ mark, bits }: { mark: number; bits: number }, value: number): Buffer {
  const most = (1 << bits) - 1;
  if (value < most) return Buffer.from([mark | value]);
  const bytes = [mark | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(0x80 | (rest % 128));
  return Buffer.from([...bytes, rest]);
}

/** Without Huffman's code: it is sent once for a connection, and an access token hardly shrinks. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([integer({ mark: 0, bits: 7 }, bytes.length), bytes]);
}
