import { TerminalError } from "../errors.ts";
import { MAX_MESSAGE_BYTES, type Outgoing } from "./index.ts";

/** What every driver refuses alike. */

export function missing(what: "topic" | "subscription", name: string, options?: ErrorOptions): TerminalError {
  return new TerminalError(`${what.toUpperCase()}_MISSING`, `there is no ${what} ${name}`, options);
}

export const closedError = () => new TerminalError("BUS_CLOSED", "the bus has been closed");

/** @throws TerminalError MESSAGE_TOO_LARGE, counted as Pub/Sub counts: the bytes of data and attributes. */
export function refuseTooLarge({ data, attributes = {} }: Outgoing): void {
  const texts = [data, ...Object.entries(attributes).flat()];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new TerminalError("MESSAGE_TOO_LARGE", `a message has ${bytes} bytes, over ${MAX_MESSAGE_BYTES}`);
}
