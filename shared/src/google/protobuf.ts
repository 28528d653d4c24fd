/**
 * As much of protobuf's wire format as Firestore's queries need, read without making an object of every field.
 * (protobuf.dev/programming-guides/encoding)
 */

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** The tag of a field whose value is a varint. */
export const varintTag = (field: number) => field * 8 + VARINT;
/** The tag of a field that has a length: a text, a message. */
export const delimitedTag = (field: number) => field * 8 + DELIMITED;

/** Reads on in a message, field by field: the tag, then its value or `skip`. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A varint: exact up to 2^53, which all lengths, tags and seconds are. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError("a protobuf message ends within a number");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Goes over the length of a field that has one, and tells where the field ends. */
  end(): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError("a protobuf message ends within a field");
    return end;
  }

  /** Passes over the value of a field that nobody needs. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.at += 8;
        return;
      case DELIMITED:
        this.at = this.end();
        return;
      case FIXED32:
        this.at += 4;
        return;
      default:
        throw new RangeError(`a protobuf message has a field of type ${tag & 7}`);
    }
  }

  /** A text up to its end. Of bytes that are not UTF-8, and of a character that the end cuts, U+FFFD is made. */
  text(end: number): string {
    const text = this.bytes.toString("utf8", this.at, end);
    this.at = end;
    return text;
  }
}

/** A field with a small whole number, or true. */
export function writeNumber(field: number, value: number): Buffer {
  return Buffer.concat([toVarint(varintTag(field)), toVarint(value)]);
}

/** A field with a text, or with a message made of fields. */
export function writeField(field: number, value: string | readonly Buffer[]): Buffer {
  const content = typeof value === "string" ? Buffer.from(value) : Buffer.concat(value);
  return Buffer.concat([toVarint(delimitedTag(field)), toVarint(content.length), content]);
}

function toVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}
