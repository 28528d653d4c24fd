import type { Readable } from "node:stream";

/** Far above any message (4 KB) or control call; a bound, so that no client can fill the memory. */
const MAX_BODY_BYTES = 1 << 20;

/** Reads a body to its end and hands it over; undefined if it was too long. Never called for a broken one. */
export function readText(body: Readable, done: (text: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  body.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  });
  body.on("end", () => {
    if (bytes > MAX_BODY_BYTES) done(undefined);
    else done((chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).toString("utf8"));
  });
}
