import type { BroadcastId } from "../domain/ids.ts";
import { isLeased } from "../domain/lease-steps.ts";
import { type DocumentSnapshot, type Query, type QuerySnapshot, Timestamp } from "../google/firestore.ts";
import { decode } from "./firestore-fields.ts";
import type { Place } from "./firestore-records.ts";

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
