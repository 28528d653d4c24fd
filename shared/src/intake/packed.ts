import type { DocumentId } from "../domain/broadcast.ts";
import { APP_COLLECTION, CONSOLE_COLLECTION } from "../domain/flutterflow.ts";
import type { Batch } from "./index.ts";

/** What stands for the beginning of a path: it is most of what a batch of 3,844 documents would take. */
const SHORT = { c: `${CONSOLE_COLLECTION}/`, a: `${APP_COLLECTION}/`, "/": "" };

type PackedDocument = [index: number, path: string, createdAt: number];
type PackedBatch = [
  key: string,
  print: string,
  size: number,
  state: Batch["state"],
  joinedAt: number,
  PackedDocument[],
];

/** Batches as a text: about 50 bytes a document. */
export function pack(batches: readonly Batch[]): string {
  return JSON.stringify(
    batches.map(({ key, print, size, state, joinedAt, documents }): PackedBatch => {
      const packed = Object.entries(documents).map(([index, { path, createdAt }]): PackedDocument => {
        return [Number(index), shorten(path), createdAt];
      });
      return [key, print, size, state, joinedAt, packed];
    }),
  );
}

export function unpack(text: string): Batch[] {
  return (JSON.parse(text) as PackedBatch[]).map(([key, print, size, state, joinedAt, packed]) => {
    const documents = packed.map(([index, path, createdAt]): [number, DocumentId] => {
      return [index, { path: lengthen(path), createdAt }];
    });
    return { key, print, size, state, joinedAt, documents: Object.fromEntries(documents) };
  });
}

function shorten(path: string): string {
  for (const [short, long] of Object.entries(SHORT))
    if (path.startsWith(long)) return short + path.slice(long.length);
  return path;
}

function lengthen(path: string): string {
  return SHORT[path.charAt(0) as keyof typeof SHORT] + path.slice(1);
}
