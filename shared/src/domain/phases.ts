import { type Books, emptyBooks, sum } from "./books.ts";
import type { Broadcast, Debt, Pruning } from "./broadcast.ts";
import { DEAD_CODES } from "./outcome.ts";

/** How long a broadcast may be at work, at most: one that was paused or held for so long ends as it is. */
export const LONGEST_MS = 14 * 86_400_000;

/** What a broadcast's record says from its first moment on. */
export type NewBroadcast = Pick<
  Broadcast,
  | "id"
  | "caller"
  | "idempotencyKey"
  | "fingerprint"
  | "content"
  | "audience"
  | "onCrash"
  | "urgent"
  | "perMinute"
  | "deadline"
  | "dueAt"
  | "documents"
  | "writtenAt"
  | "narrowedBy"
  | "checkOnly"
>;

/** The record of a broadcast that was just asked for. */
export function schedule(asked: NewBroadcast, now: number): Broadcast {
  return {
    v: 1,
    version: 1,
    ...asked,
    phase: "scheduled",
    gates: {},
    createdAt: now,
    releasedAt: null,
    finishedAt: null,
    owes: [],
    books: null,
    pruning: { state: "none" },
  };
}

/**
 * The record of a broadcast whose time has come: from here on it owes the resolver a word. One that comes too late for
 * its deadline has failed.
 * @param longestMs how long it may be at work: its records must not expire before it is over.
 * @param asOf the moment of the registrations that are its audience
 */
export function release(broadcast: Broadcast, now: number, longestMs: number, asOf = now): Broadcast {
  const { content, deadline = Number.POSITIVE_INFINITY } = broadcast;
  if (now >= deadline) {
    const late = finish(broadcast, emptyBooks(), now);
    return { ...late, phase: "failed", fault: "its deadline passed before it was released" };
  }
  const ttlMs = (content.ttlSeconds ?? 0) * 1000;
  const endsAt = Math.min(deadline, now + longestMs, ttlMs > 0 ? now + ttlMs : Number.POSITIVE_INFINITY);
  return { ...broadcast, phase: "running", releasedAt: now, asOf, endsAt, owes: [...broadcast.owes, "due"] };
}

/**
 * The phase in which a broadcast with these final books ends, and why where that needs a word.
 * @param refused why FCM refused those who were left
 */
export function judge(books: Books, refused?: string): { phase: "succeeded" | "failed"; fault?: string } {
  if (books.unresolvedAbout > 0) {
    return { phase: "failed", fault: `about ${books.unresolvedAbout} registrations could not be read` };
  }
  if (books.resolved === 0 || books.accepted > 0) return { phase: "succeeded" };
  return { phase: "failed", fault: `FCM accepted no message${refused === undefined ? "" : `: ${refused}`}` };
}

/**
 * What a person should look at in these final books, in words. A few registrations come after every release; if they
 * are more than the audience, something was wrong.
 */
export function remarkOn({ late, resolved }: Books): string | undefined {
  if (late <= resolved) return undefined;
  const left = `${late} of ${late + resolved} registrations came after the release and were left out`;
  return `${left}; was an import still running, or a clock wrong?`;
}

/** More dead addresses than anybody can believe point to a fault of ours, such as the wrong project's key. */
export const BELIEF = { share: 0.6, from: 1_000 };

/** How many addresses FCM called dead. */
export function countDead({ rejected }: Books): number {
  return sum(Object.fromEntries(Object.entries(rejected).filter(([code]) => DEAD_CODES.has(code))));
}

/** Whether the addresses that FCM called dead may be deleted, judged once over the whole ledger. */
export function judgePruning(books: Books, belief = BELIEF): Pruning {
  const dead = countDead(books);
  if (dead === 0) return { state: "done" };
  if (books.resolved >= belief.from && dead > books.resolved * belief.share) {
    const reason = `${dead} of ${books.resolved} addresses were called dead: beyond belief, so none was deleted`;
    return { state: "withheld", reason };
  }
  return { state: "owed" };
}

/** What FCM said of addresses of late, whatever the broadcast. */
export interface RecentAnswers {
  accepted: number;
  /** Called dead by a code of `DEAD_CODES`. */
  dead: number;
}

/** Whether more addresses were called dead than can be true: then the fault is ours or FCM's. */
export function isImplausible({ accepted, dead }: RecentAnswers, from = BELIEF.from): boolean {
  const all = accepted + dead;
  return all >= from && dead > all * BELIEF.share;
}

/**
 * Why nothing may be deleted by what all senders together were answered of late; undefined if it may. One broadcast's
 * verdict does not see an hour of wrong answers that is spread over thousands of broadcasts to one user each.
 * @param said by each sender; undefined by one that was answered nothing
 */
export function doubtRecent(said: readonly (RecentAnswers | undefined)[]): string | undefined {
  const accepted = said.reduce((total, one) => total + (one?.accepted ?? 0), 0);
  const dead = said.reduce((total, one) => total + (one?.dead ?? 0), 0);
  if (!isImplausible({ accepted, dead })) return undefined;
  return `in the last hour FCM called ${dead} of ${accepted + dead} addresses dead: implausible, so deleting stopped`;
}

/** How long a pruning may show no progress before the tick asks for it again. */
export const PRUNING_HINT_MS = 20_000;

/** The broadcast's record after it finished with these books: what it owes is written with the finish itself. */
export function finish(broadcast: Broadcast, books: Books, now: number): Broadcast {
  const { cancelled } = broadcast.gates;
  const refused = broadcast.accepts?.find(({ reason }) => reason !== undefined)?.reason;
  const verdict = cancelled
    ? { phase: "cancelled" as const, fault: cancelled.reason }
    : judge(books, refused);
  const pruning: Pruning = broadcast.checkOnly ? { state: "done" } : judgePruning(books);
  const owes: Debt[] = broadcast.documents ? ["finished", "answer"] : ["finished"];
  return {
    ...broadcast,
    phase: verdict.phase,
    fault: verdict.fault,
    remark: remarkOn(books),
    gates: cancelled ? { cancelled } : {},
    finishedAt: now,
    books,
    standstill: undefined,
    pruning: pruning.state === "owed" ? { ...pruning, hintAt: now + PRUNING_HINT_MS } : pruning,
    owes: pruning.state === "owed" ? [...owes, "prune"] : owes,
  };
}
