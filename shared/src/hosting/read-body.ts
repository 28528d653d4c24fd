import type { IncomingMessage } from "node:http";

export type Body =
  | { kind: "whole"; bytes: Buffer }
  | { kind: "too large" }
  /** The client went away. */
  | { kind: "cut off" };

/** Reads a request's body, and stops as soon as it is longer than allowed: the bytes are counted as they arrive. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // A destroyed request could not be answered.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) return { kind: "too large" };
      chunks.push(chunk);
    }
  } catch {
    return { kind: "cut off" };
  }
  return { kind: "whole", bytes: Buffer.concat(chunks, length) };
}
