/** Milliseconds: of a clock that only runs on, and of the one on the wall. */
export interface Clocks {
  monotonic: () => number;
  wall: () => number;
}

/** Told how far the wall clock moved against the monotonic one, in ms; more than 0 is forward. */
export type OnStep = (stepMs: number) => void;

export interface Elapsed {
  /** Milliseconds that never run backwards, and never fewer than have passed on either clock. */
  now(): number;
  /** @returns ends the listening */
  onStep(listener: OnStep): () => void;
}

/** Two good clocks drift apart by less than this in a minute; a wall clock tells whole milliseconds only. */
const TOLERANCE_MS = 50;

/**
 * Time for the holder of a lease. The monotonic clock alone would leave out the time for which a machine was suspended
 * (CLOCK_MONOTONIC, clock_gettime(2)), and others take the lease over in that time. So where the wall clock runs ahead
 * of it, that counts as well: it was set, or the machine slept, and a lease given up too soon is only renewed. A wall
 * clock that is set back changes nothing.
 */
export function createElapsed({ monotonic, wall }: Clocks): Elapsed {
  const listeners = new Set<OnStep>();
  /** By how much the wall clock is ahead of the monotonic one. */
  let ahead = wall() - monotonic();
  /** What passed on the wall clock alone. */
  let added = 0;

  /** Looks again: between two looks a busy machine may have let other processes run. */
  function lookAgain(): number {
    const before = monotonic();
    const time = wall();
    const after = monotonic();
    const forward = time - after - ahead;
    const back = time - before - ahead;
    if (forward > TOLERANCE_MS) note(forward, forward);
    else if (back < -TOLERANCE_MS) note(back, 0);
    return after + added;
  }

  function note(stepMs: number, passedMs: number): void {
    ahead += stepMs;
    added += passedMs;
    for (const listener of listeners) listener(stepMs);
  }

  return {
    now() {
      const time = monotonic();
      const drift = wall() - time - ahead;
      return Math.abs(drift) > TOLERANCE_MS ? lookAgain() : time + added;
    },
    onStep(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** This process's. `Date.now` is looked up at each call: tests step it. */
export const processTime = createElapsed({ monotonic: () => performance.now(), wall: () => Date.now() });

/** Milliseconds since some moment, for leases and shares that this process holds. */
export const elapsed: () => number = processTime.now;
