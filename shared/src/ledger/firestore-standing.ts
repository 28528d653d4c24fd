import type { BroadcastId } from "../domain/ids.ts";
import { AggregateField, type Query, type Transaction } from "../google/firestore.ts";
import { leasedChunks, stillLeased } from "./firestore-leases.ts";
import { openRanges, type Place } from "./firestore-records.ts";
import type { Standing } from "./index.ts";

const ENDS = ["accepted", "rejected", "expired", "cancelled", "unknown"] as const;

/**
 * One snapshot, by a read-only transaction, which locks nothing. Each sum is a query of its own: over one field the
 * automatic index serves it, while several at once need a composite index that holds them all. A sum costs one read
 * for a thousand chunks.
 */
export async function readStanding(place: Place, broadcast: BroadcastId): Promise<Standing> {
  const chunks = place.all("chunk", broadcast);
  return place.firestore.runTransaction(
    async (transaction) => {
      const sum = async (field: string): Promise<number> =>
        (await transaction.get(chunks.aggregate({ sum: AggregateField.sum(field) }))).data().sum;
      const count = async (query: Query): Promise<number> =>
        (await transaction.get(query.count())).data().count;
      const [resolved, possibleRepeats, ranges, open, openChunks, leasedMembers, ...ends] = await Promise.all(
        [
          sum("size"),
          sum("possibleRepeats"),
          count(place.all("range", broadcast)),
          count(openRanges(place, broadcast)),
          count(chunks.where("state", "==", "open")),
          countLeased(place, broadcast, transaction),
          ...ENDS.map(sum),
        ],
      );
      const [accepted = 0, rejected = 0, expired = 0, cancelled = 0, unknown = 0] = ends;
      const ended = ends.reduce((total, n) => total + n, 0);
      return {
        ...{ ranges, openRanges: open, openChunks, leasedMembers, resolved, possibleRepeats },
        ...{ accepted, rejected, expired, cancelled, unknown, open: resolved - ended },
      };
    },
    { readOnly: true },
  );
}

async function countLeased(place: Place, broadcast: BroadcastId, transaction: Transaction): Promise<number> {
  const fields = ["leaseUntil", "size", ...ENDS];
  const found = await transaction.get(leasedChunks(place, broadcast).select(...fields));
  return stillLeased(place, found).reduce(
    (total, chunk) => ENDS.reduce((open, end) => open - chunk.get(end), total + chunk.get("size")),
    0,
  );
}
