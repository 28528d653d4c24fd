import type { BroadcastId } from "../domain/ids.ts";
import { type DocumentSnapshot, type Query, type QuerySnapshot, Timestamp } from "../google/firestore.ts";
import { decode, type Fields, type Place, type Row } from "./firestore-records.ts";

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

/** The chunks of a broadcast that are or were leased, and not let go of: as many as there are senders at work. */
export function leasedChunks(place: Place, broadcast: BroadcastId): Query {
  return place.all("chunk", broadcast).where("leaseUntil", ">", Timestamp.fromMillis(0));
}

/**
 * Those whose lease had not passed when they were read. Judged by the time of that reading: a bound in the query would
 * be the caller's idea of now, and one who is ahead would be told that senders have stopped while they send.
 */
export function stillLeased(place: Place, found: QuerySnapshot): DocumentSnapshot[] {
  const time = place.timeOf(found);
  return found.docs.filter((chunk) => isLeased(decode(chunk), time));
}
