import type { LeaseRule } from "./lease.ts";

/** The times that the ledger's steps go by, in milliseconds. */
export interface LedgerTiming extends LeaseRule {
  /** When a range or chunk that was never claimed is first hinted at again. */
  neverClaimedMs: number;
}

/** When a step is taken, by the store's clock, and the times it goes by. */
export interface Moment extends LedgerTiming {
  now: number;
}

/** Of a range or chunk: its latest claim, and until when that holds it. Null: let go of, or never claimed. */
export interface StoredLease {
  epoch: number;
  leaseUntil: number | null;
}

/** When the tick is to publish the id of a range or chunk; null for never. Each hint in a row doubles the next wait. */
export interface HintTimes {
  hintAt: number | null;
  hints: number;
}

/** What a step answers, and what it writes, in one commit. A field that is absent stays as it is. */
export interface Step<T, Fields> {
  answer: T;
  write?: Partial<Fields>;
}

/** Decides about what is stored, which is null if there is no such record. It may be asked several times. */
export type Decide<Stored, T, Fields> = (stored: Stored | null, at: Moment) => Step<T, Fields>;

export type Written = "done" | "fenced";

export const FENCED: { answer: "fenced" } = { answer: "fenced" };
export const NOTHING: { answer: undefined } = { answer: undefined };

/** Whether a claim still holds its work: it was neither let go of nor taken over. A lease that merely passed holds. */
export function holds<S extends StoredLease>(stored: S | null, epoch: number): stored is S {
  return stored !== null && stored.epoch === epoch && stored.leaseUntil !== null;
}

export function isLeased({ leaseUntil }: Pick<StoredLease, "leaseUntil">, now: number): boolean {
  return leaseUntil !== null && leaseUntil > now;
}

/** A lease of full length from now: the tick looks again when it has passed. */
export function leased({ now, leaseMs }: Moment) {
  return { leaseUntil: now + leaseMs, hintAt: now + leaseMs };
}

/** A claim by the next epoch, which fences off every holder before it. */
export function claimed({ epoch }: StoredLease, at: Moment) {
  return { epoch: epoch + 1, ...leased(at), hints: 0 };
}

/** Lets go. `hintAt`: when the tick is to look at it again; null for never. */
export function unleased(hintAt: number | null) {
  return { leaseUntil: null, hintAt, hints: 0 };
}

/** A write that only the claim of this epoch may make. */
export function ifHeld<Stored extends StoredLease, Fields>(
  epoch: number,
  write: (stored: Stored, at: Moment) => Partial<Fields>,
): Decide<Stored, Written, Fields> {
  return (stored, at) => (holds(stored, epoch) ? { answer: "done", write: write(stored, at) } : FENCED);
}

export function renew(epoch: number): Decide<StoredLease, Written, StoredLease & HintTimes> {
  return ifHeld<StoredLease, StoredLease & HintTimes>(epoch, (_, at) => leased(at));
}
