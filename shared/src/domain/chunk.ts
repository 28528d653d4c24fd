import { type Tally, tallyOf } from "./books.ts";
import type { ChunkId } from "./ids.ts";
import type { Outcome } from "./outcome.ts";
import type { AddressKind } from "./registration.ts";

/** Members of one chunk, at most: a Firestore document and a handler's time both bound it. */
export const CHUNK_SIZE = 500;

/** A registration as its chunk remembers it. */
export interface Member {
  address: string;
  kind: AddressKind;
  path: string;
  /** Where else the address was found: `crowd` more than {@link OTHERS_KEPT} further documents, else their paths. */
  others?: string[] | "crowd";
}

/** A chunk has a size to keep to, and one address may be anywhere. */
export const OTHERS_KEPT = 10;

/**
 * How far a chunk has come, by the index of its members. A member with no entry here was accepted.
 * `unsure` and `maybe` are subsets of `open`.
 */
export interface Progress {
  open: number[];
  /** Their last attempt may have reached FCM, and no repeat was counted for it yet. */
  unsure: number[];
  /** Some attempt of theirs may have reached FCM: they end by a definite answer or as `unknown`. */
  maybe: number[];
  outcomes: Record<number, Exclude<Outcome, "accepted">>;
}

export interface Chunk {
  id: ChunkId;
  state: "open" | "settled";
  /** Whether a claim has not been let go of: its open members may have been sent to. */
  inHand: boolean;
  members: Member[];
  progress: Progress;
  possibleRepeats: number;
}

export function freshProgress(members: number): Progress {
  return { open: Array.from({ length: members }, (_, index) => index), unsure: [], maybe: [], outcomes: {} };
}

/** The outcome of each member in order; null where it is still open. */
export function outcomesOf(chunk: Pick<Chunk, "members" | "progress">): (Outcome | null)[] {
  const open = new Set(chunk.progress.open);
  return chunk.members.map((_, index) =>
    open.has(index) ? null : (chunk.progress.outcomes[index] ?? "accepted"),
  );
}

export function tally(members: number, progress: Progress, possibleRepeats: number): Tally {
  return { ...tallyOf(members, progress.open.length, Object.values(progress.outcomes)), possibleRepeats };
}

/** Gives every open member an outcome: `unknown` where an attempt may have reached FCM, else `outcome`. */
export function closeOpen(progress: Progress, outcome: Exclude<Outcome, "accepted">): Progress {
  const maybe = new Set(progress.maybe);
  const outcomes = { ...progress.outcomes };
  for (const index of progress.open) outcomes[index] = maybe.has(index) ? "unknown" : outcome;
  return { open: [], unsure: [], maybe: [], outcomes };
}

/**
 * The end of a chunk that nobody works on. `wasHeld`: whoever held it died with it, so any open member may have been
 * sent to.
 */
export function abandon(
  progress: Progress,
  wasHeld: boolean,
  outcome: Exclude<Outcome, "accepted">,
): Progress {
  return closeOpen(wasHeld ? { ...progress, maybe: progress.open } : progress, outcome);
}

/**
 * What a claim finds. `takenOver`: the holder before died with the chunk in its hands, so any open member may have
 * been sent to. With `miss` those end as `unknown`; with `repeat` each may be sent twice, which is counted now,
 * before it can happen. A chunk that was handed back tells by itself whom it is unsure of.
 */
export function claimProgress(
  progress: Progress,
  takenOver: boolean,
  onCrash: "repeat" | "miss",
): { progress: Progress; repeats: number } {
  const suspects = takenOver ? progress.open : progress.unsure;
  if (onCrash === "repeat") {
    const maybe = takenOver ? [...progress.open] : progress.maybe;
    return { progress: { ...progress, unsure: [], maybe }, repeats: suspects.length };
  }
  const missed = new Set(suspects);
  const outcomes = { ...progress.outcomes };
  for (const index of missed) outcomes[index] = "unknown";
  const stays = (index: number) => !missed.has(index);
  const [open, maybe] = [progress.open.filter(stays), progress.maybe.filter(stays)];
  return { progress: { open, unsure: [], maybe, outcomes }, repeats: 0 };
}
