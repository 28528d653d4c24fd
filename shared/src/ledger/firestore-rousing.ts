import type { BroadcastId } from "../domain/ids.ts";
import { isFree, type OpenWork } from "../domain/standstill.ts";
import { type DocumentSnapshot, FieldPath, find, type Query } from "../google/firestore.ts";
import { forEach } from "../hosting/for-each.ts";
import { type Decide, decode, type Kind, openRanges, type Place, type Row } from "./firestore-records.ts";
import type { RousePort } from "./index.ts";

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

  const workAt = (kind: Kind, snapshot: DocumentSnapshot) =>
    workOf(kind, decode(snapshot), place.timeOf(snapshot));

  async function rouse(kind: Kind, broadcast: BroadcastId, limit: number): Promise<void> {
    let left = limit;
    for await (const page of pagesOf(open(kind, broadcast))) {
      const free = page.filter((known) => isFree(workAt(kind, known))).slice(0, left);
      await forEach(free, CHANGED_AT_ONCE, (known) =>
        place.decide(kind, known.id, FIELDS, wake(kind), known),
      );
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
        return docs.map((snapshot) => workAt(kind, snapshot));
      };
      return (await Promise.all([look("range"), look("chunk")])).flat();
    },
  };
}

/** Of work that somebody took up meanwhile nothing is changed, nor of what is due already. */
function wake(kind: Kind): Decide<void> {
  return (row, time) => {
    const isOpen = row?.state === "open" || row?.state === "cut";
    if (!isOpen || !isFree(workOf(kind, row, time))) return { answer: undefined };
    const { hintAt = time, hints } = row;
    if (hintAt <= time && hints === 0) return { answer: undefined };
    return { answer: undefined, changes: { hintAt: Math.min(hintAt, time), hints: 0 } };
  };
}

function workOf(kind: Kind, { epoch, leaseUntil, notBefore, parked }: Partial<Row>, time: number): OpenWork {
  return {
    kind,
    claimed: Number(epoch) > 0,
    leaseLeftMs: leaseUntil === undefined ? null : leaseUntil - time,
    waitMs: Math.max(0, (notBefore ?? 0) - time),
    parked: parked ?? false,
  };
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
