import type { Broadcasts } from "@fanfare/shared/broadcasts";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";

/** How old a view of the gates may be. */
const FRESH_MS = 1_000;
/** Broadcasts remembered; more at once in one process are read again more often. */
const REMEMBERED = 100;

/** Reads broadcasts at most once a second each, however many chunks ask; more often only where they insist. */
export interface BroadcastWatch {
  /** @param since a view is good enough that was read from this monotonic time on; a second old where none is given */
  get(id: string, since?: number): Promise<Broadcast | null>;
  /** Forgets what it knows of a broadcast, after a change of our own. */
  forget(id: string): void;
}

export function watchBroadcasts(broadcasts: Broadcasts, monotonic: () => number): BroadcastWatch {
  const known = new Map<string, { at: number; broadcast: Promise<Broadcast | null> }>();
  return {
    get(id, since = monotonic() - FRESH_MS) {
      const entry = known.get(id);
      if (entry && entry.at > since) return entry.broadcast;
      const broadcast = broadcasts.get(id);
      known.delete(id);
      known.set(id, { at: monotonic(), broadcast });
      // A failed read must not be remembered.
      broadcast.catch(() => known.delete(id));
      const oldest = known.keys().next().value;
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
      return broadcast;
    },
    forget: (id) => void known.delete(id),
  };
}
