import type { Verdict } from "@fanfare/shared/domain/answers";
import { DEAD_CODES } from "@fanfare/shared/domain/outcome";
import { isImplausible, type RecentAnswers } from "@fanfare/shared/domain/phases";

const MINUTE_MS = 60_000;
const KEPT_MINUTES = 60;

/** This many answers since the last record, most of them dead addresses, are told before the next heartbeat. */
const ODD = 50;

export type Answers = ReturnType<typeof createAnswers>;

/**
 * Counts how many addresses FCM accepted and called dead in about the last hour, so that all processes together can
 * judge whether to delete any. An hour on this machine's monotonic clock: setting the wall clock forgets nothing.
 */
export function createAnswers(steady: () => number) {
  const minutes = new Map<number, RecentAnswers>();
  const all: RecentAnswers = { accepted: 0, dead: 0 };
  let told: RecentAnswers = { accepted: 0, dead: 0 };

  function minute(): RecentAnswers {
    const number = Math.floor(steady() / MINUTE_MS);
    const known = minutes.get(number);
    if (known) return known;
    for (const old of minutes.keys()) if (old <= number - KEPT_MINUTES) minutes.delete(old);
    const fresh = { accepted: 0, dead: 0 };
    minutes.set(number, fresh);
    return fresh;
  }

  return {
    /** Tells whether an address was called dead. */
    note(verdict: Verdict): boolean {
      const isDead = verdict.kind === "rejected" && DEAD_CODES.has(verdict.code);
      if (!isDead && verdict.kind !== "accepted") return false;
      const which = isDead ? "dead" : "accepted";
      minute()[which] += 1;
      all[which] += 1;
      return isDead;
    },
    /** Those of the last hour; undefined for none. */
    recent(): RecentAnswers | undefined {
      minute();
      const sum: RecentAnswers = { accepted: 0, dead: 0 };
      for (const one of minutes.values()) {
        sum.accepted += one.accepted;
        sum.dead += one.dead;
      }
      return sum.accepted + sum.dead > 0 ? sum : undefined;
    },
    /** What `wereTold` is to be called with when a record that is made now has been written. */
    mark: (): RecentAnswers => ({ ...all }),
    wereTold(mark: RecentAnswers): void {
      told = mark;
    },
    /** Whether an address was called dead that no record tells. */
    hasNews: () => all.dead > told.dead,
    /** Whether what no record tells looks like a fault, so that the others should hear of it at once. */
    isOdd(): boolean {
      const fresh = { accepted: all.accepted - told.accepted, dead: all.dead - told.dead };
      return isImplausible(fresh, ODD);
    },
  };
}
