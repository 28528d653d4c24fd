import type { Verdict } from "@fanfare/shared/domain/answers";
import { type RetryRule, retryDelayMs } from "@fanfare/shared/domain/backoff";
import type { OnCrash } from "@fanfare/shared/domain/broadcast";
import { closeOpen, type Progress } from "@fanfare/shared/domain/chunk";
import { type Outcome, rejected } from "@fanfare/shared/domain/outcome";

/** Members that FCM never looked at may go again soon: that is no attempt. */
const NOT_PROCESSED_MS = 250;
/** Members whose times are this close wait for the last of them, and are sent together. */
const GATHER_MS = 1_000;

/** What one claim on a chunk knows of its members. Pure: time and chance come in as arguments. */
export interface ChunkRun {
  /** Notes what came of a member's attempt. */
  note(index: number, verdict: Verdict, now: number): void;
  /** Members to send to now, in order; those whose time has not come are left out. */
  ready(now: number): number[];
  /** Opens again whoever was rejected with this code, which turned out to be no fault of theirs. */
  reopen(code: string): void;
  /** When the next members' time comes; 0 where some have not been tried. */
  nextAt(): number;
  /** When no member is left whose time has not come: the earliest time to hand the chunk to somebody else for. */
  allAt(): number;
  /** How many of these were left unsure by their last attempt; from now on they are counted. */
  countUnsure(indexes: readonly number[]): number;
  readonly left: number;
  progress(): Progress;
  /** The progress after giving up on whoever is open; who may have got it is `unknown`. */
  giveUp(outcome: "expired" | "cancelled"): Progress;
}

export interface RunRules {
  retry: RetryRule;
  onCrash: OnCrash;
  /** Attempts made under earlier claims: waits go on growing from there. */
  before: number;
  random: () => number;
}

export function createChunkRun(start: Progress, rules: RunRules): ChunkRun {
  const open = new Set(start.open);
  const unsure = new Set(start.unsure);
  const maybe = new Set(start.maybe);
  const outcomes: Progress["outcomes"] = { ...start.outcomes };
  const retryAt = new Map<number, number>();
  const tries = new Map<number, number>();

  function close(index: number, outcome: Outcome): void {
    open.delete(index);
    unsure.delete(index);
    maybe.delete(index);
    retryAt.delete(index);
    if (outcome !== "accepted") outcomes[index] = outcome;
  }

  function retry(index: number, verdict: Extract<Verdict, { kind: "retry" }>, now: number): void {
    if (verdict.unsure) {
      if (rules.onCrash === "miss") {
        close(index, "unknown");
        return;
      }
      unsure.add(index);
      maybe.add(index);
    }
    const asked = Math.max(verdict.afterMs ?? 0, verdict.pauseMs ?? 0);
    // Whoever says when to come again has seen the message, even where it says at once.
    const processed = verdict.unsure || verdict.afterMs !== undefined || verdict.pauseMs !== undefined;
    const attempt = (tries.get(index) ?? rules.before) + (processed ? 1 : 0);
    tries.set(index, attempt);
    retryAt.set(
      index,
      now + (processed ? retryDelayMs(attempt, rules.retry, rules.random(), asked) : NOT_PROCESSED_MS),
    );
  }

  const timeOf = (index: number) => retryAt.get(index) ?? 0;
  const progress = (): Progress => ({
    open: [...open],
    unsure: [...unsure],
    maybe: [...maybe],
    outcomes: { ...outcomes },
  });

  return {
    note(index, verdict, now) {
      switch (verdict.kind) {
        case "accepted":
          return close(index, "accepted");
        case "rejected":
          return close(index, rejected(verdict.code));
        case "retry":
          return retry(index, verdict, now);
        // The member stays open: what is wrong is not its fault.
        case "credential":
        case "fault":
          return;
      }
    },
    reopen(code) {
      for (const [key, outcome] of Object.entries(outcomes)) {
        if (outcome !== rejected(code)) continue;
        delete outcomes[Number(key)];
        open.add(Number(key));
      }
    },
    ready: (now) => [...open].filter((index) => timeOf(index) <= now),
    nextAt() {
      const times = [...open].map(timeOf);
      const first = Math.min(...times);
      return first === 0 ? 0 : Math.max(...times.filter((time) => time <= first + GATHER_MS));
    },
    allAt: () => Math.max(0, ...[...open].map(timeOf)),
    countUnsure(indexes) {
      const counted = indexes.filter((index) => unsure.delete(index));
      return counted.length;
    },
    get left() {
      return open.size;
    },
    progress,
    giveUp: (outcome) => closeOpen(progress(), outcome),
  };
}
