import { sha256 as digest } from "./sha256.ts";

/**
 * Ids are derived, never random, so that doing a thing twice is recognised as one thing. An id holds the ids it
 * belongs to, left to right, zero-padded so that their order as text is the order in which they were made:
 * `b<24 hex>` . `range` . `chunk`.
 */
export type BroadcastId = string;
export type RangeId = string;
export type ChunkId = string;

/** The same caller with the same idempotency key always means the same broadcast. */
export function broadcastId(caller: string, idempotencyKey: string): BroadcastId {
  return `b${digest(JSON.stringify([caller, idempotencyKey])).slice(0, 24)}`;
}

/** Range 0 is the whole audience; 1 to 400 are what it was cut into. */
export function rangeId(broadcast: BroadcastId, index: number): RangeId {
  return `${broadcast}.${String(index).padStart(3, "0")}`;
}

export function chunkId(range: RangeId, sequence: number): ChunkId {
  return `${range}.${String(sequence).padStart(6, "0")}`;
}

/** The chunks of a range from number `from` up to before number `to`. */
export function chunkIds(range: RangeId, from: number, to: number): ChunkId[] {
  return Array.from({ length: to - from }, (_, index) => chunkId(range, from + index));
}

export function broadcastOf(id: RangeId | ChunkId): BroadcastId {
  return id.split(".", 1)[0] ?? id;
}

/** Tells whether two requests ask for the same, whatever the order of their fields. */
export function fingerprint(value: unknown): string {
  return digest(canonicalJson(value));
}

/** The id of what pruning a document left behind: one per document and broadcast. */
export function tombstoneId(broadcast: BroadcastId, path: string): string {
  return digest(`${broadcast}\n${path}`).slice(0, 32);
}

/** What Fanfare's own records of a document are found by: it is the same as long as the document is the same one. */
export function documentKey({ path, createdAt }: { path: string; createdAt: number }): string {
  return digest(`${path}\n${createdAt}`).slice(0, 32);
}

/** The id of a message that died: names of messages are told apart within one subscription only. */
export function deadLetterId(subscription: string, messageId: string): string {
  return digest(`${subscription}\n${messageId}`).slice(0, 32);
}

/** The id of a document that registers an address: whoever registers it again for the same user finds it there. */
export function registrationId(address: string): string {
  return digest(address).slice(0, 20);
}

/**
 * The id of the note that one user replaced a token: the token cannot be read from it. It is of token and owner, as
 * anyone may name a token: one note for all would be the last caller's to write.
 */
export function replacedId(token: string, owner: string): string {
  return digest(`replaced by\n${JSON.stringify([token, owner])}`).slice(0, 32);
}

/** The id that such a note had in version 1, one for all users of a token. */
export function replacedIdOfV1(token: string): string {
  return digest(`replaced\n${token}`).slice(0, 32);
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}
