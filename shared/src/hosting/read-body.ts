import type { IncomingMessage } from "node:http";
import { SHORT_BODY } from "./door.ts";

export type Body =
  | { kind: "whole"; bytes: Buffer }
  | { kind: "too large" }
  /** The client went away. */
  | { kind: "cut off" };

/**
 * Reads a request's body, and stops as soon as it is longer than allowed: the bytes are counted as they arrive.
 * @param hold waited for once, before a body that turns out not to be short is read on
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  hold: (() => Promise<void>) | undefined,
): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  let isShort = true;
  try {
    // A destroyed request could not be answered.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) return { kind: "too large" };
      chunks.push(chunk);
      if (isShort && length > SHORT_BODY) await hold?.();
      isShort = length <= SHORT_BODY;
    }
  } catch {
    return { kind: "cut off" };
  }
  return { kind: "whole", bytes: Buffer.concat(chunks, length) };
}
