import { parseJson } from "../domain/parse-json.ts";
import { TerminalError } from "../errors.ts";
import type { MediaType, RequestRefusal } from "./door.ts";

export type Parsed =
  | { kind: "parsed"; fields: { body?: unknown; rawBody?: Buffer } }
  | { kind: "refused"; refusal: RequestRefusal };

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** What a handler gets of a body: JSON as its value, undefined for none; all else as its bytes. */
export function parseBody(type: MediaType, bytes: Buffer): Parsed {
  if (type === "application/protobuf") return { kind: "parsed", fields: { rawBody: bytes } };
  try {
    const text = UTF8.decode(bytes);
    return { kind: "parsed", fields: { body: text.trim() === "" ? undefined : parseJson(text) } };
  } catch (error) {
    // Bytes that are not UTF-8 are a TypeError.
    const reason = error instanceof TerminalError ? "malformed JSON" : "not UTF-8";
    return { kind: "refused", refusal: { failure: "invalid", reason } };
  }
}
