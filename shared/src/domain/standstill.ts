import type { Broadcast, Standstill } from "./broadcast.ts";
import { isRecent } from "./clock-steps.ts";
import { fingerprint } from "./ids.ts";
import type { Range } from "./range.ts";

/**
 * A range or chunk that is open, as far as it tells who has it. Times are told as spans in milliseconds, by the store's
 * clock when it was read: no reader may compare its own clock with the store's.
 */
export interface OpenWork {
  kind: "range" | "chunk";
  /** Whether anybody ever took it up. */
  claimed: boolean;
  /** How long a claim still holds it; 0 or less where the lease has passed, as its holder died. Null where none does. */
  leaseLeftMs: number | null;
  /** How long it must still wait before it may be taken up; 0 or less where the wait is over. */
  waitMs: number;
  parked: boolean;
}

/** Who has a piece of open work. `lapsed`: a holder that died, or is as good as dead. */
export type Hands = "held" | "lapsed" | "waiting" | "parked" | "handed-back" | "unclaimed";

export function handsOf({ claimed, leaseLeftMs, waitMs, parked }: OpenWork): Hands {
  if (parked) return "parked";
  if (leaseLeftMs !== null) return leaseLeftMs > 0 ? "held" : "lapsed";
  if (waitMs > 0) return "waiting";
  return claimed ? "handed-back" : "unclaimed";
}

/** Whether anybody may take it up now. */
export function isFree(work: OpenWork): boolean {
  const hands = handsOf(work);
  return hands === "lapsed" || hands === "handed-back" || hands === "unclaimed";
}

/** How often a broadcast is looked at within the time after which it stands still. */
const LOOKS = 5;

/** Whether a running broadcast is to be looked at: not one that is over quickly, nor each time somebody could. */
export function isDueForALook(
  { standstill, releasedAt, createdAt }: Pick<Broadcast, "standstill" | "releasedAt" | "createdAt">,
  now: number,
  stuckMs: number,
): boolean {
  return !isRecent(standstill?.lookedAt ?? releasedAt ?? createdAt, now, stuckMs / LOOKS);
}

/** Changes with any progress, and holds no address, though a range's cursor is one. */
export function markOf(counts: object, ranges: readonly Pick<Range, "id" | "state" | "cursor">[]): string {
  const read = ranges.map(({ id, state, cursor }) => [id, state, cursor]);
  return fingerprint([counts, read]).slice(0, 16);
}

/** `stands`: it has stood for the set time once more since the last look, which is to be told. */
export type Pace = "moves" | "moves-again" | "rests" | "stands";

/**
 * What a look at a broadcast finds, beside what the last one found.
 * @param stuckMs how long it may show no progress
 */
export function judgePace(
  before: Standstill | undefined,
  mark: string,
  now: number,
  stuckMs: number,
): { pace: Pace; standstill: Standstill } {
  if (before?.mark !== mark) {
    const pace = before?.why === undefined ? "moves" : "moves-again";
    return { pace, standstill: { mark, at: now, lookedAt: now } };
  }
  const times = (until: number) => Math.floor((until - before.at) / stuckMs);
  const pace = times(now) > times(before.lookedAt) ? "stands" : "rests";
  return { pace, standstill: { ...before, lookedAt: now } };
}

/** What holds up work of a kind, and what to look at; by whose hands it is in. */
const CAUSES: [OpenWork["kind"], Hands, string, string][] = [
  ["range", "held", "ranges with a resolver that gets no further", "its log says why"],
  ["range", "lapsed", "ranges whose resolver died", "is a resolver running?"],
  ["range", "handed-back", "ranges that a resolver handed back", "is a resolver running?"],
  ["range", "unclaimed", "ranges that nobody took up", "is a resolver running?"],
  [
    "chunk",
    "held",
    "chunks with a sender whose messages come to no end",
    "FCM is out of reach, or others use up the quota",
  ],
  ["chunk", "lapsed", "chunks whose sender died", "is a sender running?"],
  ["chunk", "waiting", "chunks that wait for their next try", "FCM turned messages away"],
  ["chunk", "handed-back", "chunks that a sender handed back", "is a sender running?"],
  ["chunk", "unclaimed", "chunks that nobody took up", "is a sender running, with quota to spare?"],
  ["chunk", "parked", "chunks that were put aside though no gate is closed", "they are taken up again"],
];

/**
 * Why a broadcast stands still, in words for a person.
 * @param work what of it is open; where it is `most` pieces of a kind or more, that many were looked at
 */
export function whyItStands(
  { owes }: Pick<Broadcast, "owes">,
  work: readonly OpenWork[],
  most: number,
): string {
  const found = Map.groupBy(work, (piece) => `${piece.kind} ${handsOf(piece)}`);
  const causes = CAUSES.flatMap(([kind, hands, what, look]) => {
    const count = found.get(`${kind} ${hands}`)?.length ?? 0;
    return count > 0 ? [`${what}: ${count}${count >= most ? " or more" : ""} (${look})`] : [];
  });
  if (causes.length > 0) return causes.join("; ");
  if (owes.length > 0)
    return `nobody was told of it: it still owes "${owes.join(", ")}" (is the bus within reach?)`;
  return "nothing of it is open, and yet it has not finished (the scheduler's log says why)";
}
