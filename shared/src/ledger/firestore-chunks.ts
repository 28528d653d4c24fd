import { type Broadcast, isWaiting, type OnCrash } from "../domain/broadcast.ts";
import {
  abandon,
  type Chunk,
  claimProgress,
  freshProgress,
  type Member,
  type Progress,
} from "../domain/chunk.ts";
import { type BroadcastId, broadcastOf, type ChunkId } from "../domain/ids.ts";
import type { Outcome } from "../domain/outcome.ts";
import { FieldPath, find } from "../google/firestore.ts";
import { forEach } from "../hosting/for-each.ts";
import { holds, isLeased, leased, leasedChunks, stillLeased, unleased } from "./firestore-leases.ts";
import {
  type Decide,
  type Decided,
  decode,
  encode,
  type Fields,
  type Place,
  progressFields,
  progressOf,
  type Row,
} from "./firestore-records.ts";
import type { ChunkClaim, ChunkPort, Written } from "./index.ts";

const FENCED: Decided<Written> = { answer: "fenced" };
/** What a holder's writes are decided by: of 100 KB of members and of the progress, not a byte. */
const HELD_FIELDS = ["state", "epoch", "leaseUntil", "size", "possibleRepeats", "handBacks"] as const;
const CLAIM_FIELDS = [
  ...HELD_FIELDS,
  ...["parked", "notBefore", "firstClaimedAt", "members", "progress"],
] as const;
/** Each with up to 100 KB of members. */
const READ_AT_ONCE = 40;
const CHANGED_AT_ONCE = 50;

export function createChunks(place: Place): ChunkPort {
  const { timing, decide } = place;

  /** What `work` changes in the chunk, if the claim still holds it. */
  const held = (id: ChunkId, epoch: number, work: (row: Row, time: number) => Fields): Promise<Written> =>
    decide<Written>("chunk", id, HELD_FIELDS, (row, time) =>
      holds(row, epoch) ? { answer: "done", changes: work(row, time) } : FENCED,
    );

  const claim = (id: ChunkId, onCrash: OnCrash): Promise<ChunkClaim> =>
    decide<ChunkClaim>("chunk", id, CLAIM_FIELDS, (row, time) => {
      if (!row) return { answer: { kind: "missing" } };
      if (row.state === "settled") return { answer: { kind: "settled" } };
      if (row.parked) return { answer: { kind: "parked" } };
      if (isLeased(row, time)) return { answer: { kind: "leased-elsewhere" } };
      if (row.notBefore > time) return { answer: { kind: "not-before" } };
      const { progress, repeats } = claimProgress(progressOf(row), row.leaseUntil !== undefined, onCrash);
      const { handBacks, firstClaimedAt = time } = row;
      const [epoch, possibleRepeats] = [row.epoch + 1, row.possibleRepeats + repeats];
      const chunk: Chunk = { ...chunkOf(id, row), inHand: true, progress, possibleRepeats };
      return {
        answer: { kind: "claimed", epoch, chunk, handBacks, ageMs: time - firstClaimedAt },
        changes: {
          ...progressFields(row.size, progress, possibleRepeats),
          ...leased(time + timing.leaseMs),
          ...{ epoch, firstClaimedAt, hints: 0 },
        },
      };
    });

  async function settle(id: ChunkId, epoch: number, progress: Progress): Promise<Written> {
    if (progress.open.length > 0)
      throw new Error(`${id} cannot be settled: ${progress.open.length} members are open`);
    return decide<Written>("chunk", id, HELD_FIELDS, (row, time) => {
      if (row?.state === "settled" && row.epoch === epoch) return { answer: "done" };
      if (!holds(row, epoch)) return FENCED;
      const counts = progressFields(row.size, progress, row.possibleRepeats);
      const changes = { ...counts, ...unleased(null), state: "settled", expiresAt: place.expiry(time) };
      return { answer: "done", changes };
    });
  }

  /**
   * The one write that locks. A gate that opens between the look at it and the write would leave the chunk parked
   * for ever: whoever opened it has unparked by then. In a transaction the gate cannot open before the write holds.
   */
  const park = (id: ChunkId, epoch: number, progress: Progress): Promise<Written | "gates-open"> =>
    place.firestore.runTransaction(async (transaction) => {
      const refs = [place.ref("chunk", id), place.broadcast(id)] as const;
      const [chunk, broadcast] = await transaction.getAll(...refs, { fieldMask: [...HELD_FIELDS, "record"] });
      const row = chunk?.exists ? decode(chunk) : null;
      if (!holds(row, epoch)) return "fenced";
      const record = broadcast?.get("record") as string | undefined;
      if (!record || !isWaiting(JSON.parse(record) as Broadcast)) return "gates-open";
      const counts = progressFields(row.size, progress, row.possibleRepeats);
      const changes = { ...counts, ...unleased(null), parked: true, firstClaimedAt: null };
      transaction.update(refs[0], encode(changes));
      return "done";
    });

  async function unpark(broadcast: BroadcastId): Promise<void> {
    // It tells the store's time, by which they are due: a clock that lagged behind would find none due afterwards.
    const { docs } = await find(place.all("chunk", broadcast).where("parked", "==", true).select("parked"));
    await forEach(docs, CHANGED_AT_ONCE, (known) => {
      const wake: Decide<void> = (row, time) => ({
        answer: undefined,
        ...(row?.parked && { changes: { parked: null, hintAt: time, hints: 0 } }),
      });
      return decide("chunk", known.id, ["parked"], wake, known);
    });
  }

  async function closeChunks(broadcast: BroadcastId, outcome: Exclude<Outcome, "accepted">): Promise<void> {
    const close: Decide<void> = (row, time) => {
      if (row?.state !== "open" || isLeased(row, time)) return { answer: undefined };
      const progress = abandon(progressOf(row), row.leaseUntil !== undefined, outcome);
      const counts = progressFields(row.size, progress, row.possibleRepeats);
      const ended = { state: "settled", parked: null, epoch: row.epoch + 1, expiresAt: place.expiry(time) };
      return { answer: undefined, changes: { ...counts, ...unleased(null), ...ended } };
    };
    const fields = [...HELD_FIELDS, "parked", "progress"];
    const open = place
      .all("chunk", broadcast)
      .where("state", "==", "open")
      .select(...fields);
    const { docs } = await find(open);
    await forEach(docs, CHANGED_AT_ONCE, (known) => decide("chunk", known.id, fields, close, known));
  }

  async function openChunks(broadcast: BroadcastId, limit: number): Promise<Chunk[]> {
    const open = place.all("chunk", broadcast).where("state", "==", "open");
    const { docs } = await find(open.orderBy(FieldPath.documentId()).limit(limit));
    return docs.map((snapshot) => chunkOf(snapshot.id, decode(snapshot)));
  }

  async function countHeld(broadcast: BroadcastId): Promise<number> {
    return stillLeased(place, await find(leasedChunks(place, broadcast).select("leaseUntil"))).length;
  }

  /** In pages, for a reader may take minutes over each chunk, and no query stays open for that long. */
  async function* chunks(broadcast: BroadcastId, after?: ChunkId): AsyncGenerator<Chunk> {
    const inOrder = place.all("chunk", broadcast).orderBy(FieldPath.documentId()).limit(READ_AT_ONCE);
    for (let last = after; ; ) {
      const { docs } = await (last ? inOrder.startAfter(last) : inOrder).get();
      for (const snapshot of docs) yield chunkOf(snapshot.id, decode(snapshot));
      if (docs.length < READ_AT_ONCE) return;
      last = docs.at(-1)?.id;
    }
  }

  return {
    claimChunk: claim,
    renewChunk: (id, epoch) => held(id, epoch, (_, time) => leased(time + timing.leaseMs)),
    countRepeats: (id, epoch, count) =>
      held(id, epoch, ({ possibleRepeats }) => ({ possibleRepeats: possibleRepeats + count })),
    noteProgress: (id, epoch, progress) =>
      held(id, epoch, ({ size, possibleRepeats }) => progressFields(size, progress, possibleRepeats)),
    releaseChunk: (id, epoch, progress, afterMs) =>
      held(id, epoch, ({ size, possibleRepeats, handBacks }, time) => ({
        ...progressFields(size, progress, possibleRepeats),
        ...unleased(time + afterMs),
        notBefore: time + afterMs,
        handBacks: handBacks + 1,
      })),
    parkChunk: park,
    unpark,
    closeChunks,
    openChunks,
    countHeld,
    settleChunk: settle,
    chunks,
  };
}

/** A chunk that nobody has claimed yet. Zeros are written, since sums and their indexes pass over absent fields. */
export function newChunk(id: ChunkId, members: readonly Member[], hintAt: number): Fields {
  return {
    v: 1,
    broadcast: broadcastOf(id),
    state: "open",
    epoch: 0,
    hintAt,
    hints: 0,
    notBefore: 0,
    handBacks: 0,
    size: members.length,
    members: JSON.stringify(members),
    ...progressFields(members.length, freshProgress(members.length), 0),
    progress: null,
  };
}

function chunkOf(id: ChunkId, row: Row): Chunk {
  return {
    id,
    state: row.state as Chunk["state"],
    inHand: row.leaseUntil !== undefined,
    members: JSON.parse(row.members) as Member[],
    progress: progressOf(row),
    possibleRepeats: row.possibleRepeats,
  };
}
