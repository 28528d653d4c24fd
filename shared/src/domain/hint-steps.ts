import { type Decide, type HintTimes, NOTHING, type StoredLease } from "./lease-steps.ts";
import { isFree, type OpenWork } from "./standstill.ts";

/** Waits between two hints double up to this: a backlog of hours must not fill the bus with hints of itself. */
const MAX_HINT_WAIT_MS = 3_600_000;

/** What of a range or chunk tells who has it. A range has no waits and is not parked. */
export interface StoredWork extends StoredLease, HintTimes {
  state: string;
  notBefore: number;
  parked: boolean;
}

/** A hint was published: puts the next off, unless a claim or another hint came in between. */
export const putOff: Decide<StoredLease & HintTimes, void, HintTimes> = (stored, { now, ...times }) => {
  if (stored === null || stored.hintAt === null || stored.hintAt > now) return NOTHING;
  const first = stored.epoch === 0 ? times.neverClaimedMs : times.leaseMs;
  const waitMs = Math.min(MAX_HINT_WAIT_MS, first * 2 ** stored.hints);
  return { answer: undefined, write: { hints: stored.hints + 1, hintAt: now + waitMs } };
};

/** Makes work due now that may be taken up. What was taken up meanwhile stays as it is, and so does what is due. */
export const wake: Decide<StoredWork, void, HintTimes> = (stored, { now }) => {
  if (stored === null || !isFreeAt(stored, now)) return NOTHING;
  const { hintAt, hints } = stored;
  if (hintAt !== null && hintAt <= now && hints === 0) return NOTHING;
  return { answer: undefined, write: { hintAt: Math.min(hintAt ?? now, now), hints: 0 } };
};

/** Whether it is open and any process may take it up. */
export function isFreeAt(stored: StoredWork, now: number): boolean {
  const isOpen = stored.state === "open" || stored.state === "cut";
  return isOpen && isFree(workOf("chunk", stored, now));
}

export function workOf(
  kind: OpenWork["kind"],
  { epoch, leaseUntil, notBefore, parked }: StoredWork,
  now: number,
): OpenWork {
  return {
    kind,
    claimed: epoch > 0,
    leaseLeftMs: leaseUntil === null ? null : leaseUntil - now,
    waitMs: Math.max(0, notBefore - now),
    parked,
  };
}
