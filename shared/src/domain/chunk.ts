import { type Tally, tallyOf } from "./books.ts";
import type { ChunkId } from "./ids.ts";
import { type Outcome, rejected } from "./outcome.ts";
import type { AddressKind, Platform } from "./registration.ts";

/** Members of one chunk, at most: a Firestore document and a handler's time both bound it. */
export const CHUNK_SIZE = 500;

/** A registration as its chunk remembers it. */
export interface Member {
  address: string;
  kind: AddressKind;
  path: string;
  /** Absent for a spelling that counts as none, and in chunks of before there was this. */
  platform?: Platform | undefined;
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
  /** Absent where there is none. */
  refusals?: Refusals;
}

/**
 * What FCM said of members that it refused. Those that are still open are suspects: nothing has told yet whether they
 * are at fault, or all messages.
 */
export interface Refusals {
  /** How often the broadcast had been resumed from a hold: suspects of before are sent to again. */
  trial: number;
  said: Refusal[];
}

export interface Refusal {
  /** The code that they are rejected with, if it is their fault. */
  code: string;
  /** FCM's words, without addresses. */
  says: string;
  of: number[];
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

/** The open members that FCM refused, each with the code that it would be rejected with. */
export function suspectsOf({ open, refusals }: Pick<Progress, "open" | "refusals">): Map<number, string> {
  if (!refusals) return new Map();
  const isOpen = new Set(open);
  const all = refusals.said.flatMap(({ code, of }) => of.map((index) => [index, code] as const));
  return new Map(all.filter(([index]) => isOpen.has(index)));
}

/**
 * Gives every open member an outcome: `unknown` where an attempt may have reached FCM, else `outcome`. A suspect got a
 * definite answer, which it keeps, unless the broadcast was cancelled.
 */
export function closeOpen(progress: Progress, outcome: Exclude<Outcome, "accepted">): Progress {
  const maybe = new Set(progress.maybe);
  const suspects = outcome === "cancelled" ? new Map<number, string>() : suspectsOf(progress);
  const outcomes = { ...progress.outcomes };
  for (const index of progress.open) {
    const code = suspects.get(index);
    outcomes[index] = maybe.has(index) ? "unknown" : code === undefined ? outcome : rejected(code);
  }
  return { ...progress, open: [], unsure: [], maybe: [], outcomes };
}

/** Without what FCM said of members that are open: they are as good as never sent to. */
export function withoutSuspects(progress: Progress): Progress {
  const suspects = suspectsOf(progress);
  if (!progress.refusals || suspects.size === 0) return progress;
  const { trial, said } = progress.refusals;
  const kept = said.map((one) => ({ ...one, of: one.of.filter((index) => !suspects.has(index)) }));
  return { ...progress, refusals: { trial, said: kept.filter(({ of }) => of.length > 0) } };
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
  return closeOpen(wasHeld ? { ...withoutSuspects(progress), maybe: progress.open } : progress, outcome);
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
  const cutOff = takenOver ? progress.open : progress.unsure;
  const known = takenOver ? withoutSuspects(progress) : progress;
  if (onCrash === "repeat") {
    const maybe = takenOver ? [...progress.open] : progress.maybe;
    return { progress: { ...known, unsure: [], maybe }, repeats: cutOff.length };
  }
  const missed = new Set(cutOff);
  const outcomes = { ...progress.outcomes };
  for (const index of missed) outcomes[index] = "unknown";
  const stays = (index: number) => !missed.has(index);
  const [open, maybe] = [progress.open.filter(stays), progress.maybe.filter(stays)];
  return { progress: { ...known, open, unsure: [], maybe, outcomes }, repeats: 0 };
}
