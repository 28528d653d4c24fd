import type { DocumentId } from "../../domain/broadcast.ts";
import { APP_COLLECTION } from "../../domain/flutterflow.ts";
import type { Batch, BatchMember } from "../index.ts";

/** Later than any store's clock, in ms. */
export const EVER = 9_000_000_000_000;

const CREATED_AT = 1_800_000_000_123_456;

export function makeDocumentId(name: string, fields: Partial<DocumentId> = {}): DocumentId {
  return { path: `${APP_COLLECTION}/${name}`, createdAt: CREATED_AT, ...fields };
}

/** One of as many documents as a batch has, each named by its place. */
export function makeMember(
  name: string,
  index: number,
  size: number,
  fields: Partial<BatchMember> = {},
): BatchMember {
  return { print: "print", index, size, document: makeDocumentId(`${name}${index}`), ...fields };
}

export function makeMembers(name: string, size: number): BatchMember[] {
  return Array.from({ length: size }, (_, index) => makeMember(name, index, size));
}

export function indexesOf(batch: Batch): number[] {
  return Object.keys(batch.documents).map(Number);
}

/** The names of the documents of a batch, by index. */
export function namesOf(batch: Batch | null): string[] {
  return Object.values(batch?.documents ?? {}).map(({ path }) => path.slice(APP_COLLECTION.length + 1));
}
