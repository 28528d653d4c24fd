import { mostSaved, STEADY, type Usage } from "@fanfare/shared/domain/shares";

/** One limit on attempts, and the share of it that this process may use. Times are monotonic, in milliseconds. */
export interface Meter {
  /** Attempts a minute, for all senders together. */
  readonly limit: number;
  /** Attempts a minute for this process. */
  shareAt(now: number): number;
  /** Whether one more attempt may be made. Whoever is told no counts as waiting for the share to grow. */
  has(now: number): boolean;
  spend(): void;
  /** How long until so many attempts may be made, as of the last look; infinite where there is no share. */
  waitMs(attempts: number): number;
  /**
   * Sets the share from now on. What was saved up under a larger one is lost beyond what the new one allows.
   * @param saved so many attempts are saved up at once, where the share allows it
   */
  grant(share: number, now: number, saved?: number): void;
  usage(now: number): Usage;
  /** Begins to count the usage anew; what was counted goes on to count by half, as a few more or less are chance. */
  restart(): void;
}

export interface MeterRules {
  limit: number;
  /** The share at the beginning. */
  share: number;
  /** Until when the share may be used; nothing that was saved up outlives it. */
  until: () => number;
  /** The part of the rate that may be used at a time: less than 1 during a ramp. */
  factor: (now: number) => number;
}

/**
 * Spreads attempts evenly. FCM counts in one-minute windows that begin anywhere, so a window may hold what one
 * minute's rate gives plus the most that can be saved up: both together stay within the share.
 */
export function createMeter(rules: MeterRules, start: number): Meter {
  const { limit, until, factor } = rules;
  let { share } = rules;
  let saved = Math.min(1, share);
  let refilledAt = start;
  let part = factor(start);
  let rate = (share * STEADY * part) / 60_000;
  let used = 0;
  let allowed = 0;
  let elapsedMs = 0;
  let short = false;
  let idle = true;

  function setRate(now: number): void {
    part = factor(now);
    rate = (share * STEADY * part) / 60_000;
  }

  /** Without a share there is nothing to tell how much would be used. */
  function lose(): void {
    share = saved = used = allowed = elapsedMs = 0;
  }

  function refill(now: number): void {
    if (now >= until()) lose();
    else {
      const gained = (now - refilledAt) * rate;
      elapsedMs += now - refilledAt;
      allowed += gained / part;
      saved = Math.min(mostSaved(share), saved + gained);
    }
    refilledAt = now;
    setRate(now);
  }

  return {
    limit,
    shareAt(now) {
      refill(now);
      return share;
    },
    has(now) {
      refill(now);
      if (saved >= 1) return true;
      short = true;
      idle = false;
      return false;
    },
    spend() {
      saved -= 1;
      used += 1 / part;
      idle = false;
    },
    waitMs: (attempts) => Math.max(0, (attempts - saved) / rate),
    grant(granted, now, atLeast = 0) {
      refill(now);
      if (granted === 0) lose();
      share = granted;
      saved = Math.min(Math.max(saved, atLeast), mostSaved(share));
      setRate(now);
    },
    usage(now) {
      refill(now);
      return { used, allowed, elapsedMs, short, idle };
    },
    restart() {
      used /= 2;
      allowed /= 2;
      elapsedMs /= 2;
      short = false;
      idle = true;
    },
  };
}

/** What counts attempts where there is no limit. */
export function createCounter(): Meter {
  let idle = true;
  return {
    limit: Number.POSITIVE_INFINITY,
    shareAt: () => Number.POSITIVE_INFINITY,
    has: () => true,
    spend() {
      idle = false;
    },
    waitMs: () => 0,
    grant() {},
    usage: () => ({ used: 0, allowed: 0, elapsedMs: 0, short: false, idle }),
    restart() {
      idle = true;
    },
  };
}
