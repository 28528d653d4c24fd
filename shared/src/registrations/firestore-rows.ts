import { MAX_ADDRESS_BYTES } from "../domain/address.ts";
import type { Registration } from "../domain/registration.ts";
import { delimitedTag, varintTag, WireReader } from "../google/protobuf.ts";
import { kindOf } from "./dead-addresses.ts";

/** The fields of a document that are asked for. */
export const FIELDS = ["fcm_token", "kind", "device_type", "created_at"];

// Of google.firestore.v1: RunQueryResponse, Document, an entry of its map of fields, Value, google.protobuf.Timestamp.
const DOCUMENT = delimitedTag(1);
const NAME = delimitedTag(1);
const FIELD = delimitedTag(2);
const CREATE_TIME = delimitedTag(3);
const KEY = delimitedTag(1);
const VALUE = delimitedTag(2);
const STRING_VALUE = delimitedTag(17);
const TIMESTAMP_VALUE = delimitedTag(10);
const SECONDS = varintTag(1);
const NANOS = varintTag(2);

/** Longer texts are no addresses, and need not be held whole. */
const MAX_TEXT_BYTES = MAX_ADDRESS_BYTES + 1;

/**
 * Reads registrations from answers of a query. Any client of the app's may have written the document: nothing is
 * taken for what it should be. Times are cut to milliseconds.
 * @param root begins each document's name, and is followed by a slash
 * @returns null for an answer without a document, such as one that only tells how far the query is
 */
export function createRowReader(root: string): (message: Buffer) => Registration | null {
  const before = Buffer.byteLength(root) + 1;
  return (message) => {
    const reader = new WireReader(message);
    while (reader.at < message.length) {
      const tag = reader.varint();
      if (tag === DOCUMENT) return readDocument(reader, reader.end(), before);
      reader.skip(tag);
    }
    return null;
  };
}

function readDocument(reader: WireReader, end: number, before: number): Registration {
  const found: Registration = { path: "", address: null, kind: "token", deviceType: "", createdAt: Infinity };
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === FIELD) readField(reader, reader.end(), found);
    else if (tag === NAME) {
      const nameEnd = reader.end();
      reader.at += before;
      found.path = reader.text(nameEnd);
    } else if (tag === CREATE_TIME)
      found.createdAt = Math.min(found.createdAt, readTime(reader, reader.end()));
    else reader.skip(tag);
  }
  return found;
}

function readField(reader: WireReader, end: number, found: Registration): void {
  let key = "";
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === KEY) key = reader.text(reader.end());
    else if (tag === VALUE) readValue(reader, reader.end(), key, found);
    else reader.skip(tag);
  }
}

function readValue(reader: WireReader, end: number, key: string, found: Registration): void {
  const tag = reader.at < end ? reader.varint() : 0;
  if (tag === STRING_VALUE) {
    const text = reader.text(Math.min(reader.end(), reader.at + MAX_TEXT_BYTES));
    if (key === "fcm_token") found.address = text === "" ? null : text;
    else if (key === "kind") found.kind = kindOf(text);
    else if (key === "device_type") found.deviceType = text;
  } else if (tag === TIMESTAMP_VALUE && key === "created_at")
    found.createdAt = Math.min(found.createdAt, readTime(reader, reader.end()));
  reader.at = end;
}

function readTime(reader: WireReader, end: number): number {
  let time = 0;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === SECONDS) time += reader.varint() * 1_000;
    else if (tag === NANOS) time += Math.floor(reader.varint() / 1_000_000);
    else reader.skip(tag);
  }
  return time;
}
