import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Back to the start of the line, and wipes it: the one sequence that this command itself sends to a terminal. */
export const WIPE = "\r\x1b[K";

/** Control characters, but for line breaks and tabs. With the older half, C1, some terminals take orders as well. */
const CONTROL = /[^\P{Cc}\n\t]/gu;

/**
 * Text for a terminal. An address, a title or a reason may be anybody's words, and escape sequences in them would move
 * the cursor, hide lines or fill the clipboard. They are shown as JSON would write them, which JSON stays the same by.
 */
export function printable(text: string): string {
  const shown = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replace(CONTROL, shown);
}

type Write = (text: string | Uint8Array, done?: (error?: Error | null) => void) => boolean;

/** How streams that are shielded were written to before. */
const before = new WeakMap<object, Write>();

/** From now on all that is written to a stream is printable, whichever part of this process writes it. */
export function shield(stream: Pick<NodeJS.WriteStream, "write">): void {
  const write: Write = stream.write.bind(stream);
  before.set(stream, write);
  const decoder = new StringDecoder("utf8");
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const done = rest.find((one) => typeof one === "function") as Parameters<Write>[1];
    const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
    // Where it is the first of a write it only wipes the line that this process is on.
    const wipe = text.startsWith(WIPE) ? WIPE : "";
    return write(wipe + printable(text.slice(wipe.length)), done);
  };
}

/** A way past the shield, for what asks a person and moves the cursor meanwhile. Only words of this command's own. */
export function unshielded(stream: NodeJS.WriteStream): Writable {
  const write: Write = before.get(stream) ?? stream.write.bind(stream);
  return new Writable({ write: (chunk, _encoding, done) => void write(chunk, done) });
}
