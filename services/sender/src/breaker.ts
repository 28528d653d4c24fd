import type { Verdict } from "@fanfare/shared/domain/answers";

/** Why every further message of a broadcast would fail, or come to harm. */
export interface Fault {
  kind: "fault" | "credential" | "wave";
  reason: string;
}

/**
 * What the answers to one broadcast say of it in this process. All of its chunks share one, so that a fault which one
 * of them sees stops them all. A fault stays; whoever has answered it goes on with a new breaker.
 */
export interface Breaker {
  readonly fault: Fault | null;
  /** Whether so many answers were good that a fault from here on is a new one. */
  readonly proven: boolean;
  /**
   * Takes a place for one more message in flight: null where there is one at once, else resolves when there is.
   * Ask for `fault` then.
   */
  enter(): Promise<void> | null;
  /** Gives a place back unused. */
  leave(): void;
  /** Gives a place back, and notes what came of its message. */
  note(verdict: Verdict): void;
}

/** The code of an address that belongs to another project. */
export const MISMATCH = "SENDER_ID_MISMATCH";

/**
 * Messages in flight before the first answer; each good answer makes room for one more, so that it doubles with each
 * round trip. Every sender finds a fault out for itself, and fifty of them are to lose no more than 2,000 messages:
 * with the wave below that leaves each 40. Much fewer, and a small broadcast waits for round trips.
 */
const FIRST_IN_FLIGHT = 8;

/**
 * So many more mismatches than accepted messages, since they were last level, make a wave: a wrong project accepts
 * none, whatever share of its addresses is dead. Fewer, and the few devices of an audience that is nothing but
 * left-overs would hold it; more, and fifty senders lose more than 2,000 messages. An audience of which a quarter
 * belongs to another project comes this far once in 10^15 messages.
 */
const WAVE = 32;

/** More than a passing quarrel about one token would let through in between. */
const PROVEN = 1_000;

export function createBreaker(): Breaker {
  const waiting: (() => void)[] = [];
  let fault: Fault | null = null;
  let inFlight = 0;
  let good = 0;
  let mismatches = 0;

  const hasRoom = () => fault !== null || inFlight < FIRST_IN_FLIGHT + good;

  function leave(): void {
    inFlight -= 1;
    while (waiting.length > 0 && hasRoom()) {
      inFlight += 1;
      waiting.shift()?.();
    }
  }

  /** What FCM did not process, or put off, says nothing of the broadcast; what got lost is no sign of a fault. */
  function judge(verdict: Verdict): void {
    switch (verdict.kind) {
      case "accepted":
        good += 1;
        if (mismatches > 0) mismatches -= 1;
        return;
      case "rejected":
        if (verdict.code === MISMATCH) suspect();
        else good += 1;
        return;
      case "retry":
        if (verdict.unsure) good += 1;
        return;
      case "fault":
      case "credential":
        fault ??= verdict;
        return;
    }
  }

  /** Takes room back as well: among many dead addresses a wave is longer, and is not to be faster too. */
  function suspect(): void {
    if (good > 0) good -= 1;
    mismatches += 1;
    if (mismatches === WAVE) fault ??= { kind: "wave", reason: WAVE_REASON };
  }

  return {
    get fault() {
      return fault;
    },
    get proven() {
      return good >= PROVEN;
    },
    enter() {
      if (hasRoom()) {
        inFlight += 1;
        return null;
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    leave,
    note(verdict) {
      judge(verdict);
      leave();
    },
  };
}

const WAVE_REASON = `${MISMATCH} for most addresses: they belong to another Firebase project. Check which project Fanfare sends for (FANFARE_FCM_PROJECT), its credential, and where the registrations come from`;
