import { setTimeout as sleep } from "node:timers/promises";
import { retryDelayMs } from "../domain/backoff.ts";
import { RetryableError } from "../errors.ts";
import { committed, type DocumentSnapshot, type Firestore, type WriteBatch } from "../google/firestore.ts";

/** In each round lost somebody else's write to the same documents holds: only a crowd on one device gets this far. */
const ROUNDS = 60;
const RETRY = { baseMs: 5, maxMs: 500, giveUpMs: Infinity };

/** What a look at the documents leads to; without writes there is nothing to do. */
export interface RoundPlan<T> {
  answer: T;
  write?: (batch: WriteBatch) => void;
}

/**
 * Looks, decides and writes, and again where what it saw has changed meanwhile. `plan` is to make each write on the
 * condition that the document is as it was seen; they are one commit.
 * @throws RetryableError CONTENDED where the write does not hold in sixty rounds
 */
export async function inRounds<T>(firestore: Firestore, plan: () => Promise<RoundPlan<T>>): Promise<T> {
  for (let round = 1; round <= ROUNDS; round++) {
    const { answer, write } = await plan();
    if (!write) return answer;
    const batch = firestore.batch();
    write(batch);
    if (await committed(batch)) return answer;
    await sleep(retryDelayMs(round, RETRY, Math.random()));
  }
  throw new RetryableError("CONTENDED", `registrations of one device changed ${ROUNDS} times in a row`);
}

/** A plan that leaves none of these documents. */
export function deletionOf(documents: readonly DocumentSnapshot[]): RoundPlan<void> {
  if (documents.length === 0) return { answer: undefined };
  return {
    answer: undefined,
    write(batch) {
      for (const snapshot of documents) batch.delete(snapshot.ref, unchanged(snapshot));
    },
  };
}

/** The condition that a document has not been written since it was seen. */
export function unchanged({ updateTime }: DocumentSnapshot) {
  return updateTime ? { lastUpdateTime: updateTime } : { exists: true };
}
