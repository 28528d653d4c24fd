import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import type { Standing } from "@fanfare/shared/ledger";

/**
 * Where the time of a run goes, in seconds. Starting and stopping processes is in none of it. What befalls the
 * broadcast counts from the next look at it, of which there are up to forty a second, on the emulators four.
 */
export interface Phases {
  /** Making registrations and writing them to the store. */
  seeding: number;
  /** From submitting until no range is open any more: the whole audience is in chunks then. */
  resolving: number;
  /** From submitting, too, until the broadcast has finished: chunks are sent as soon as they are made. */
  sending: number;
  /** From there until the dead are deleted: with `sending` it makes up the `seconds` of the report. */
  pruning: number;
  /** Holding ledger, simulator's log and registrations against what was seeded, address by address. */
  checking: number;
}

/** What is seen of a broadcast at one look. */
export interface SeenBroadcast {
  broadcast: Broadcast;
  standing: Pick<Standing, "ranges" | "openRanges">;
}

/** The phases of a broadcast that is submitted now, by looks at it. */
export function followPhases(now: () => number = () => performance.now()) {
  const startedAt = now();
  let resolvedAt: number | null = null;
  let sentAt: number | null = null;
  return {
    /** Notes a look. @returns the phases, once there is nothing more to come */
    note({ broadcast, standing }: SeenBroadcast): Pick<Phases, "resolving" | "sending" | "pruning"> | null {
      const at = now();
      const isSent = isFinished(broadcast.phase);
      if (isSent || (standing.ranges > 0 && standing.openRanges === 0)) resolvedAt ??= at;
      if (isSent) sentAt ??= at;
      if (resolvedAt === null || sentAt === null || broadcast.pruning.state === "owed") return null;
      const seconds = (from: number, to: number) => (to - from) / 1_000;
      return {
        resolving: seconds(startedAt, resolvedAt),
        sending: seconds(startedAt, sentAt),
        pruning: seconds(sentAt, at),
      };
    },
  };
}

/** What came of some work, and how many seconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - startedAt) / 1_000 };
}
