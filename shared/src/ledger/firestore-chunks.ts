import { type Broadcast, isWaiting } from "../domain/broadcast.ts";
import type { Chunk, Progress } from "../domain/chunk.ts";
import { chunkOf, closeChunk, parkChunk, unparkChunk } from "../domain/chunk-steps.ts";
import type { BroadcastId, ChunkId } from "../domain/ids.ts";
import type { Outcome } from "../domain/outcome.ts";
import { forEach } from "../for-each.ts";
import { FieldPath, find } from "../google/firestore.ts";
import { decode, encode } from "./firestore-fields.ts";
import { leasedChunks, stillLeased } from "./firestore-leases.ts";
import type { Place } from "./firestore-records.ts";
import type { ChunkPort, Written } from "./index.ts";
import { createChunkSteps } from "./ports.ts";

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
  const openOf = (broadcast: BroadcastId) => place.all("chunk", broadcast).where("state", "==", "open");

  /**
   * The one write that locks. A gate that opens between the look at it and the write would leave the chunk parked
   * for ever: whoever opened it has unparked by then. In a transaction the gate cannot open before the write holds.
   */
  const park = (id: ChunkId, epoch: number, progress: Progress): Promise<Written | "gates-open"> =>
    place.firestore.runTransaction(async (transaction) => {
      const refs = [place.ref("chunk", id), place.broadcast(id)] as const;
      const [chunk, broadcast] = await transaction.getAll(...refs, { fieldMask: [...HELD_FIELDS, "record"] });
      const record = broadcast?.get("record") as string | undefined;
      const isGated = () => record !== undefined && isWaiting(JSON.parse(record) as Broadcast);
      const at = place.at();
      const step = parkChunk(epoch, progress, isGated)(chunk?.exists ? decode(chunk) : null, at);
      if (step.write) transaction.update(refs[0], encode(step.write, place.expiresAt(at.now)));
      return step.answer;
    });

  async function unpark(broadcast: BroadcastId): Promise<void> {
    // It tells the store's time, by which they are due: a clock that lagged behind would find none due afterwards.
    const { docs } = await find(place.all("chunk", broadcast).where("parked", "==", true).select("parked"));
    await forEach(docs, CHANGED_AT_ONCE, (known) =>
      place.decide("chunk", known.id, ["parked"], unparkChunk, known),
    );
  }

  async function closeChunks(broadcast: BroadcastId, outcome: Exclude<Outcome, "accepted">): Promise<void> {
    const fields = [...HELD_FIELDS, "parked", "progress"];
    const { docs } = await find(openOf(broadcast).select(...fields));
    await forEach(docs, CHANGED_AT_ONCE, (known) =>
      place.decide("chunk", known.id, fields, closeChunk(outcome), known),
    );
  }

  async function openChunks(broadcast: BroadcastId, limit: number): Promise<Chunk[]> {
    const { docs } = await find(openOf(broadcast).orderBy(FieldPath.documentId()).limit(limit));
    return docs.map((snapshot) => chunkOf(decode(snapshot)));
  }

  async function countHeld(broadcast: BroadcastId): Promise<number> {
    return stillLeased(place, await find(leasedChunks(place, broadcast).select("leaseUntil"))).length;
  }

  /** In pages, for a reader may take minutes over each chunk, and no query stays open for that long. */
  async function* chunks(broadcast: BroadcastId, after?: ChunkId): AsyncGenerator<Chunk> {
    const inOrder = place.all("chunk", broadcast).orderBy(FieldPath.documentId()).limit(READ_AT_ONCE);
    for (let last = after; ; ) {
      const { docs } = await (last ? inOrder.startAfter(last) : inOrder).get();
      for (const snapshot of docs) yield chunkOf(decode(snapshot));
      if (docs.length < READ_AT_ONCE) return;
      last = docs.at(-1)?.id;
    }
  }

  const steps = createChunkSteps({
    byHolder: (id, step) => place.decide("chunk", id, HELD_FIELDS, step),
    byRecord: (id, step) => place.decide("chunk", id, CLAIM_FIELDS, step),
  });
  return { ...steps, parkChunk: park, unpark, closeChunks, openChunks, countHeld, chunks };
}
