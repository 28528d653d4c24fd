import { REFUSED_AS, type Suspicion, type Verdict } from "@fanfare/shared/domain/answers";
import { type RetryRule, retryDelayMs } from "@fanfare/shared/domain/backoff";
import type { OnCrash } from "@fanfare/shared/domain/broadcast";
import { closeOpen, type Progress } from "@fanfare/shared/domain/chunk";
import { CREDENTIAL_REFUSED, codeOf, type Outcome, rejected } from "@fanfare/shared/domain/outcome";
import { createRefusalBook, type Said } from "./refusals.ts";

/** Members that FCM never looked at may go again soon: that is no attempt. */
const NOT_PROCESSED_MS = 250;
/** Members whose times are this close wait for the last of them, and are sent together. */
const GATHER_MS = 1_000;

/** Whether a refusal with a code is that member's fault, by what is known at the time. */
export type IsDecided = (index: number, code: string) => boolean;

/** What one claim on a chunk knows of its members. Pure: time and chance come in as arguments. */
export interface ChunkRun {
  /** Notes what came of a member's attempt. One that is refused, and about whom nothing is decided, is a suspect. */
  note(index: number, verdict: Verdict, now: number, isDecided: IsDecided): void;
  /** Members to send to now, in order; suspects, and those whose time has not come, are left out. */
  ready(now: number): number[];
  /** Rejects the suspects whose fault it is, as is known by now. */
  decide(isDecided: IsDecided): void;
  /** What FCM said of each suspect that is left. */
  suspicions(): Said[];
  /**
   * Opens again members that were rejected with this code, which turned out to be no fault of theirs: as suspects, who
   * are sent to when the broadcast is resumed.
   */
  reopen(code: string): void;
  /**
   * The broadcast has been resumed from a hold so often: suspects of before are sent to again. To be told before anything
   * is sent, and by a record that was read since.
   */
  tryAgain(trial: number): void;
  /** The credential that was refused is not in use any more: who was refused with it is sent to again. */
  renew(): void;
  /** When the next members' time comes; 0 where some have not been tried, infinite where only suspects are left. */
  nextAt(): number;
  /** When no member is left whose time has not come: the earliest time to hand the chunk to another for. */
  allAt(): number;
  /** How many of these were left unsure by their last attempt; from now on they are counted. */
  countUnsure(indexes: readonly number[]): number;
  /** Members without an outcome, suspects among them. */
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
  const book = createRefusalBook(start);
  const retryAt = new Map<number, number>();
  const tries = new Map<number, number>();

  function close(index: number, outcome: Outcome): void {
    open.delete(index);
    unsure.delete(index);
    maybe.delete(index);
    retryAt.delete(index);
    book.close(index);
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
    // Whoever says when to come again has seen the message, even where it says at once.
    const processed = verdict.unsure || verdict.afterMs !== undefined;
    const attempt = (tries.get(index) ?? rules.before) + (processed ? 1 : 0);
    tries.set(index, attempt);
    retryAt.set(
      index,
      now +
        (processed ? retryDelayMs(attempt, rules.retry, rules.random(), verdict.afterMs) : NOT_PROCESSED_MS),
    );
  }

  function refuse(index: number, { against, says }: Suspicion, isDecided: IsDecided): void {
    const said = { code: REFUSED_AS[against], says };
    const decided = isDecided(index, said.code);
    // What FCM says of the device itself, or of its project, was so before as well.
    if (against === "device" || against === "project") maybe.delete(index);
    book.note(index, said, !decided);
    if (decided) reject(index, said.code);
  }

  /** An earlier attempt may have been accepted all the same, before something changed. */
  function reject(index: number, code: string): void {
    close(index, maybe.has(index) ? "unknown" : rejected(code));
  }

  function reopen(code: string): void {
    for (const [key, outcome] of Object.entries(outcomes)) {
      if (codeOf(outcome) !== code) continue;
      delete outcomes[Number(key)];
      open.add(Number(key));
      book.doubt(Number(key));
    }
  }

  const timeOf = (index: number) => retryAt.get(index) ?? 0;
  const sendable = () => [...open].filter((index) => !book.suspects.has(index));

  function progress(): Progress {
    const refusals = book.refusals();
    return {
      open: [...open],
      unsure: [...unsure],
      maybe: [...maybe],
      outcomes: { ...outcomes },
      ...(refusals && { refusals }),
    };
  }

  return {
    note(index, verdict, now, isDecided) {
      switch (verdict.kind) {
        case "accepted":
          return close(index, "accepted");
        case "rejected":
          return close(index, rejected(verdict.code));
        case "suspicion":
          return refuse(index, verdict, isDecided);
        case "retry":
          return retry(index, verdict, now);
        // The member stays open: what is wrong is not its fault.
        case "credential":
          return;
      }
    },
    ready: (now) => sendable().filter((index) => timeOf(index) <= now),
    decide(isDecided) {
      for (const index of book.suspects) {
        const code = book.said(index)?.code;
        if (code !== undefined && isDecided(index, code)) reject(index, code);
      }
    },
    suspicions: () => [...book.suspects].flatMap((index) => book.said(index) ?? []),
    reopen,
    tryAgain: book.tryAgain,
    renew() {
      reopen(CREDENTIAL_REFUSED);
      book.forget(CREDENTIAL_REFUSED);
    },
    nextAt() {
      const times = sendable().map(timeOf);
      const first = Math.min(...times);
      return first === 0 || times.length === 0
        ? first
        : Math.max(...times.filter((time) => time <= first + GATHER_MS));
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
