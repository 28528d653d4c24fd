import { isFreeAt, putOff, wake, workOf } from "../domain/hint-steps.ts";
import type { BroadcastId } from "../domain/ids.ts";
import { forEach } from "../for-each.ts";
import { type DocumentSnapshot, FieldPath, find, type Query } from "../google/firestore.ts";
import { decode } from "./firestore-fields.ts";
import { type Kind, openRanges, type Place } from "./firestore-records.ts";
import type { Hint, RousePort } from "./index.ts";

const FIELDS = ["state", "epoch", "leaseUntil", "notBefore", "parked", "hintAt", "hints"] as const;
const READ_AT_ONCE = 500;
const CHANGED_AT_ONCE = 50;

export function createRousing(place: Place): RousePort {
  const open = (kind: Kind, broadcast: BroadcastId): Query => {
    const some =
      kind === "range"
        ? openRanges(place, broadcast)
        : place.all("chunk", broadcast).where("state", "==", "open");
    return some.orderBy(FieldPath.documentId()).select(...FIELDS);
  };

  async function rouse(kind: Kind, broadcast: BroadcastId, limit: number): Promise<void> {
    let left = limit;
    for await (const page of pagesOf(open(kind, broadcast))) {
      const free = page.filter((known) => isFreeAt(decode(known), place.timeOf(known))).slice(0, left);
      await forEach(free, CHANGED_AT_ONCE, (known) => place.decide(kind, known.id, FIELDS, wake, known));
      left -= free.length;
      if (left <= 0) return;
    }
  }

  return {
    async rouse(broadcast, limit = Number.POSITIVE_INFINITY) {
      await Promise.all([rouse("range", broadcast, limit), rouse("chunk", broadcast, limit)]);
    },
    async openWork(broadcast, limit) {
      const look = async (kind: Kind) => {
        const { docs } = await find(open(kind, broadcast).limit(limit));
        return docs.map((snapshot) => workOf(kind, decode(snapshot), place.timeOf(snapshot)));
      };
      return (await Promise.all([look("range"), look("chunk")])).flat();
    },
  };
}

/** Each is a write of its own. One that is lost is only made again. */
export async function noteHints(place: Place, hints: readonly Hint[]): Promise<void> {
  const fields = ["hintAt", "hints", "epoch"];
  await forEach(hints, CHANGED_AT_ONCE, ({ kind, id }) => place.decide<void>(kind, id, fields, putOff));
}

async function* pagesOf(query: Query): AsyncGenerator<DocumentSnapshot[]> {
  for (let next = query.limit(READ_AT_ONCE); ; ) {
    const { docs } = await find(next);
    if (docs.length > 0) yield docs;
    const last = docs[READ_AT_ONCE - 1];
    if (!last) return;
    next = query.limit(READ_AT_ONCE).startAfter(last.id);
  }
}
