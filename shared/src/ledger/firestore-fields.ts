import { freshProgress, type Member } from "../domain/chunk.ts";
import { type ChunkFields, progressed, type StoredChunk } from "../domain/chunk-steps.ts";
import type { StoredWork } from "../domain/hint-steps.ts";
import { broadcastOf } from "../domain/ids.ts";
import { readProgress, writeProgress } from "../domain/progress-record.ts";
import { isOver, type Range } from "../domain/range.ts";
import type { NewChunk, NewRange, RangeFields, StoredRange } from "../domain/range-steps.ts";
import { type DocumentSnapshot, FieldValue, Timestamp } from "../google/firestore.ts";

/** Fields by name; times as numbers, null for a field that is (to be) absent. */
type Fields = Record<string, string | number | boolean | null>;

/** A range or a chunk as steps see it. What of it is there depends on which fields were read. */
export type Stored = StoredRange & StoredChunk & StoredWork;

/** What steps write of either. */
export type Changes = Partial<RangeFields & ChunkFields>;

/** The fields that are times. In the records they are timestamps, for people and for the TTL. */
const TIMES = new Set(["leaseUntil", "hintAt", "notBefore", "firstClaimedAt", "expiresAt"]);

/** Fields that are absent instead of null, false or 0: see `encode`. */
const ABSENT = {
  leaseUntil: null,
  hintAt: null,
  hints: 0,
  notBefore: 0,
  firstClaimedAt: null,
  parked: false,
};

export function decode(snapshot: DocumentSnapshot): Stored {
  const entries = Object.entries(snapshot.data() ?? {}).map(([name, value]) => [
    name,
    value instanceof Timestamp ? value.toMillis() : value,
  ]);
  const { record, progress, members, ...fields } = Object.fromEntries(entries);
  return {
    ...{ id: snapshot.id, ...ABSENT, ...fields },
    range: () => JSON.parse(record) as Range,
    progress: () => (progress === undefined ? null : readProgress(progress)),
    members: () => JSON.parse(members) as Member[],
  };
}

/**
 * What a step writes, as an update. What is null is deleted, rather than written as null: an absent field has no index
 * entry, so that what is over costs the queries for what is due or leased nothing. It expires from then on.
 */
export function encode({ range, progress, parked, ...fields }: Changes, expiresAt: number) {
  const isEnd = fields.state === "settled" || (range !== undefined && isOver(range));
  return encodeFields({
    ...fields,
    ...(parked !== undefined && { parked: parked || null }),
    ...(progress && { progress: writeProgress(progress) }),
    ...(range && recordOf(range)),
    ...(isEnd && { expiresAt }),
  });
}

export function encodeRange({ range, hintAt }: NewRange, expiresAt: number) {
  const fields = { v: 1, broadcast: broadcastOf(range.id), epoch: 0, hints: 0, ...recordOf(range) };
  return encodeNew({ ...fields, hintAt, expiresAt: isOver(range) ? expiresAt : null });
}

/** A chunk that was never claimed. Zeros are written, since sums and their indexes pass over absent fields. */
export function encodeChunk({ id, members, hintAt }: NewChunk) {
  const { progress: _, ...ends } = progressed(members.length, freshProgress(members.length));
  return encodeNew({
    ...{ v: 1, broadcast: broadcastOf(id), state: "open", epoch: 0, hintAt, hints: 0 },
    ...{ notBefore: 0, handBacks: 0, size: members.length, members: JSON.stringify(members) },
    ...{ ...ends, possibleRepeats: 0 },
  });
}

/** A range as it is stored: its state beside the text, since queries look for it. */
function recordOf(range: Range): Fields {
  return { state: range.state, record: JSON.stringify(range) };
}

/** Fields of a new document, in which nothing can be deleted. */
function encodeNew(fields: Fields): Record<string, unknown> {
  return encodeFields(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)));
}

function encodeFields(fields: Fields): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => {
    if (value === null) return [name, FieldValue.delete()];
    return [name, TIMES.has(name) ? Timestamp.fromMillis(Number(value)) : value];
  });
  return Object.fromEntries(entries);
}
