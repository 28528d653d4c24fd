import type { Gate } from "@fanfare/shared/domain/broadcast";
import type { Progress } from "@fanfare/shared/domain/chunk";
import type { ClaimedChunk, Ledger, Written } from "@fanfare/shared/ledger";
import type { ChunkRun } from "./chunk-run.ts";

/** `later`: handed back or not due yet. `elsewhere`: another process holds it. */
export type Sent = "settled" | "later" | "parked" | "elsewhere";

interface LeaveDeps {
  ledger: Ledger;
  steady: () => number;
}

/** A chunk in hand, and what is known of it. */
interface InHand {
  claim: ClaimedChunk;
  run: ChunkRun;
}

export async function settle({ ledger }: LeaveDeps, { claim }: InHand, progress: Progress): Promise<Sent> {
  return ended(await ledger.settleChunk(claim.chunk.id, claim.epoch, progress), "settled");
}

/**
 * Leaves the chunk to the next process, no sooner than the last of its members may be tried again.
 * @param leastMs to wait in any case
 */
export async function handBack(
  { ledger, steady }: LeaveDeps,
  { claim, run }: InHand,
  leastMs = 0,
): Promise<Sent> {
  const afterMs = Math.max(leastMs, run.allAt() - steady());
  return ended(await ledger.releaseChunk(claim.chunk.id, claim.epoch, run.progress(), afterMs), "later");
}

/** Puts the chunk aside behind a closed gate. Null: it is open by now, and the holder goes on. */
export async function park(
  { ledger }: LeaveDeps,
  { claim, run }: InHand,
  held: Gate | undefined,
): Promise<Sent | null> {
  if (held?.doubts !== undefined) run.reopen(held.doubts);
  const parked = await ledger.parkChunk(claim.chunk.id, claim.epoch, run.progress());
  return parked === "gates-open" ? null : ended(parked, "parked");
}

function ended(written: Written, as: Sent): Sent {
  return written === "done" ? as : "elsewhere";
}
