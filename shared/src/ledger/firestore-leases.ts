import type { Fields, Row } from "./firestore-records.ts";

/** Whether a claim still holds its work: it was neither let go of nor taken over. A lease that merely passed holds. */
export function holds(row: Row | null, epoch: number): row is Row {
  return row !== null && row.epoch === epoch && row.leaseUntil !== undefined;
}

export function isLeased({ leaseUntil }: Row, time: number): boolean {
  return leaseUntil !== undefined && leaseUntil > time;
}

/** A lease up to a time: the tick looks again when it has passed. */
export function leased(until: number): Fields {
  return { leaseUntil: until, hintAt: until };
}

/** What nobody holds. `hintAt`: when the tick is to look at it again; null for never. */
export function unleased(hintAt: number | null): Fields {
  return { leaseUntil: null, hintAt, hints: 0 };
}
