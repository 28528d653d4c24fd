import type { Log } from "./log.ts";

const MINUTE_MS = 60_000;

/**
 * Writes one line a kind and minute, however often it happens: under a flood of bad requests the log stays readable, and
 * affordable. The next line of a kind says how often it happened since the last.
 * @param kind one of a few constants: a line is kept in mind for each
 * @param now milliseconds of a clock that only goes forward
 */
export function createSeldom(log: Log, now: () => number = () => performance.now()) {
  const kinds = new Map<string, { at: number; times: number }>();
  return function seldom(level: "warn" | "error", kind: string, message: string): void {
    const last = kinds.get(kind);
    const times = (last?.times ?? 0) + 1;
    if (last && now() - last.at < MINUTE_MS) {
      last.times = times;
      return;
    }
    kinds.set(kind, { at: now(), times: 0 });
    log[level]({ reason: kind, times }, message);
  };
}

export type Seldom = ReturnType<typeof createSeldom>;

const known = new WeakMap<Log, Seldom>();

/** The one of a log: all who write to it count together. */
export function seldomOf(log: Log): Seldom {
  const seldom = known.get(log) ?? createSeldom(log);
  known.set(log, seldom);
  return seldom;
}
