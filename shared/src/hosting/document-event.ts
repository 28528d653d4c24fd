import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import { InvalidInput } from "../errors.ts";
import { delimitedTag, varintTag, WireReader, writeField, writeNumber } from "../google/protobuf.ts";

/** What Firestore tells of a change to one document. */
export interface DocumentEvent {
  kind: "created" | "updated" | "deleted" | "written";
  /** The document's path within its database. */
  path: string;
  /** When the document that it tells of was created, in microseconds since 1970. */
  createdAt: number;
}

const TYPE =
  /^google\.cloud\.firestore\.document\.v1\.(created|updated|deleted|written)(?:\.withAuthContext)?$/;

/**
 * Reads an event of Firestore's in the form in which Eventarc delivers it: a CloudEvent in binary mode whose body is
 * `google.events.cloud.firestore.v1.DocumentEventData` as protobuf.
 * (github.com/googleapis/google-cloudevents, proto/google/events/cloud/firestore/v1/data.proto)
 * @throws InvalidInput that names the header or field at fault
 */
export function readDocumentEvent(headers: IncomingHttpHeaders, body: Buffer | undefined): DocumentEvent {
  const kind = TYPE.exec(String(headers["ce-type"] ?? ""))?.[1];
  if (!kind) refuse("ce-type", "is no event of a Firestore document");
  if (!body || body.length === 0) refuse("body", "is empty: it must hold the event as protobuf");
  let data: EventData;
  try {
    data = readData(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refuse("body", `cannot be read: ${error.message}`);
  }
  const document = data.value ?? data.oldValue;
  if (!document?.name) refuse("body", "names no document");
  if (!document.createdAt) refuse("body", "does not say when the document was created");
  const [, path] = /^projects\/[^/]+\/databases\/[^/]+\/documents\/(.+)$/.exec(document.name) ?? [];
  if (!path) refuse("body", "names no document of a database");
  return { kind: kind as DocumentEvent["kind"], path, createdAt: document.createdAt };
}

function refuse(field: string, message: string): never {
  throw new InvalidInput([{ field, message }]);
}

interface EventData {
  value?: DocumentHead;
  oldValue?: DocumentHead;
}

interface DocumentHead {
  name?: string;
  createdAt?: number;
}

function readData(body: Buffer): EventData {
  const data: EventData = {};
  const reader = new WireReader(body);
  readFields(reader, body.length, {
    [delimitedTag(1)]: (end) => {
      data.value = readDocument(reader, end);
    },
    [delimitedTag(2)]: (end) => {
      data.oldValue = readDocument(reader, end);
    },
  });
  return data;
}

function readDocument(reader: WireReader, end: number): DocumentHead {
  const head: DocumentHead = {};
  readFields(reader, end, {
    [delimitedTag(1)]: (at) => {
      if (!isUtf8(reader.bytes.subarray(reader.at, at))) throw new RangeError("a name is not UTF-8");
      head.name = reader.text(at);
    },
    [delimitedTag(3)]: (at) => {
      head.createdAt = readMicroseconds(reader, at);
    },
  });
  return head;
}

/** A `google.protobuf.Timestamp`. Firestore's have microseconds. */
function readMicroseconds(reader: WireReader, end: number): number {
  let [seconds, nanos] = [0, 0];
  readFields(reader, end, {
    [varintTag(1)]: () => {
      seconds = reader.varint();
    },
    [varintTag(2)]: () => {
      nanos = reader.varint();
    },
  });
  return seconds * 1_000_000 + Math.floor(nanos / 1_000);
}

/** Reads the fields of a message up to its end: those with a reader here, and past all others. */
function readFields(reader: WireReader, end: number, fields: Record<number, (end: number) => void>): void {
  while (reader.at < end) {
    const tag = reader.varint();
    const read = fields[tag];
    if (!read) reader.skip(tag);
    // A field with a length is given its end; a number is read as it comes.
    else read((tag & 7) === 2 ? reader.end() : end);
  }
  if (reader.at !== end) throw new RangeError("a protobuf message goes beyond its end");
}

export interface Told {
  kind: "created" | "updated" | "deleted" | "written";
  path: string;
  /** In microseconds since 1970. */
  createdAt: number;
  project?: string;
}

/**
 * An event of Firestore's as Eventarc delivers it, for where there is none: emulators, demos, tests. One that is
 * `written` tells of a document that is there.
 */
export function documentEvent({ kind, path, createdAt, project = "demo" }: Told) {
  const database = `projects/${project}/databases/(default)`;
  const time = [writeNumber(1, Math.floor(createdAt / 1e6)), writeNumber(2, (createdAt % 1e6) * 1_000)];
  const document = [
    writeField(1, `${database}/documents/${path}`),
    // A field of the document itself, which readers pass over: the map's entry, its key and its value.
    writeField(2, [writeField(1, "notification_title"), writeField(2, [writeField(17, "Hello")])]),
    ...(createdAt > 0 ? [writeField(3, time), writeField(4, time)] : []),
  ];
  const body = Buffer.concat([
    ...(kind === "deleted" ? [] : [writeField(1, document)]),
    ...(kind === "created" ? [] : [writeField(2, document)]),
  ]);
  const headers = {
    "content-type": "application/protobuf",
    "ce-specversion": "1.0",
    "ce-id": `${path} ${kind}`,
    "ce-type": `google.cloud.firestore.document.v1.${kind}`,
    "ce-source": `//firestore.googleapis.com/${database}`,
    "ce-subject": `documents/${path}`,
    "ce-time": new Date(createdAt / 1_000).toISOString(),
    "ce-document": path,
  };
  return { headers, body };
}
