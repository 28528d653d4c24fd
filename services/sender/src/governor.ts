import type { BroadcastId } from "@fanfare/shared/domain/ids";
import type { Lane } from "@fanfare/shared/domain/lane";

/** Who asks for an attempt. One object serves all attempts of a chunk. */
export interface Turn {
  lane: Lane;
  broadcast: BroadcastId;
  /** Attempts a minute that the broadcast may take, by all senders together; absent for no limit of its own. */
  perMinute?: number | undefined;
}

/** Keeps the sender within FCM's quota. */
export interface Governor {
  /**
   * Resolves when one more attempt may be made, in the order of the calls within a lane; null where it may be made
   * at once.
   */
  take(turn: Turn): Promise<void> | null;
  /** Resolves when attempts can be had soon: before that there is no use in claiming anything. */
  ready(turn: Turn): Promise<void> | null;
  /** FCM asked everybody to wait: nothing is sent for `ms` milliseconds. A longer pause is never shortened. */
  pause(ms: number): void;
  /** Lets everybody who waits go on at once, so that they can see that the process is ending. */
  close(): void;
}

export interface GovernorClock {
  /** Milliseconds that never run backwards. */
  now: () => number;
  after: (ms: number, then: () => void) => void;
}

const realClock: GovernorClock = {
  now: () => performance.now(),
  after: (ms, then) => void setTimeout(then, ms),
};

/**
 * Spreads attempts evenly over the minute. FCM counts in one-minute windows that begin anywhere, so a window may
 * hold what one minute's rate gives plus the most that can be saved up: both together stay within the quota.
 * @param quotaPerMinute attempts a minute for this process, at most; null for no limit.
 */
export function createGovernor(quotaPerMinute: number | null, clock: GovernorClock = realClock): Governor {
  const perMs = quotaPerMinute === null ? Number.POSITIVE_INFINITY : (quotaPerMinute * 0.98) / 60_000;
  const most = quotaPerMinute === null ? Number.POSITIVE_INFINITY : Math.max(1, quotaPerMinute * 0.01);
  const waiting: (() => void)[] = [];
  const awaitingEnd = new Set<() => void>();
  let saved = quotaPerMinute === null ? most : 1;
  let savedAt = clock.now();
  let pausedUntil = 0;
  let woken = true;
  let closed = false;

  function refill(): number {
    const now = clock.now();
    if (perMs !== Number.POSITIVE_INFINITY) saved = Math.min(most, saved + (now - savedAt) * perMs);
    savedAt = now;
    return now;
  }

  function inTurn(): Promise<void> {
    const turn = new Promise<void>((resolve) => waiting.push(resolve));
    if (woken) serve();
    return turn;
  }

  function serve(): void {
    woken = true;
    const now = refill();
    while (waiting.length > 0 && (closed || (now >= pausedUntil && saved >= 1))) {
      saved -= 1;
      waiting.shift()?.();
    }
    if (waiting.length > 0) wakeIn(Math.max(pausedUntil - now, saved >= 1 ? 0 : (1 - saved) / perMs));
  }

  function wakeIn(ms: number): void {
    woken = false;
    clock.after(Math.max(1, Math.ceil(ms)), serve);
  }

  /** A pause may have grown while somebody waited for its end. */
  function lookAgain(resolve: () => void): void {
    const ms = pausedUntil - clock.now();
    if (ms > 0) clock.after(Math.ceil(ms), () => lookAgain(resolve));
    else if (awaitingEnd.delete(resolve)) resolve();
  }

  return {
    take() {
      const now = refill();
      if (closed) return null;
      if (waiting.length === 0 && now >= pausedUntil && saved >= 1) {
        saved -= 1;
        return null;
      }
      return inTurn();
    },
    ready() {
      if (closed || clock.now() >= pausedUntil) return null;
      return new Promise((resolve) => {
        awaitingEnd.add(resolve);
        lookAgain(resolve);
      });
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms);
    },
    close() {
      closed = true;
      for (const resolve of awaitingEnd) resolve();
      serve();
    },
  };
}
