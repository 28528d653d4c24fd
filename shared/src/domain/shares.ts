/**
 * How senders that know of each other only by their records divide a limit on attempts a minute. Every sender decides
 * for itself, from the same records, by these rules.
 */

/**
 * Of the rate that a share allows, what is sent steadily. The rest is for attempts that were saved up: FCM counts in
 * minutes that begin anywhere, so a minute may hold what its rate gives plus all that had been saved when it began.
 */
export const STEADY = 0.98;

/**
 * The smallest share a minute. Every holder may save up one attempt at least: with smaller shares those alone would be
 * more than the two hundredths that are left for them. Of a limit below twice this, one sender at a time has all.
 */
export const LEAST_SHARE = 50;

/** The most attempts that the holder of a share may save up. */
export function mostSaved(share: number): number {
  return share > 0 ? Math.max(1, share * 0.01) : 0;
}

/**
 * Divides a limit among those who ask: the least demands are met first, and whoever cannot have all gets as much as
 * each other who cannot. Of what is left over each gets an equal part of one half, to grow at once; the other half
 * waits for senders that join. Shares are never smaller than the least; where there are too many for that, the last in
 * the order of names get none.
 */
export function fairShares(limit: number, demands: ReadonlyMap<string, number>): Map<string, number> {
  const holders = [...demands]
    .filter(([, demand]) => demand > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, Math.max(1, Math.floor(limit / LEAST_SHARE)))
    .map(([name, demand]): [string, number] => [name, Math.max(LEAST_SHARE, demand)])
    .sort(([, a], [, b]) => a - b);
  let left = limit;
  const shares = holders.map(([name, demand], index): [string, number] => {
    const share = Math.min(demand, left / (holders.length - index));
    left -= share;
    return [name, share];
  });
  return new Map(shares.map(([name, share]) => [name, share + left / 2 / shares.length]));
}

/** What a holder used of its share of late. */
export interface Usage {
  /** Attempts made; during a ramp, as many as they would have been at the full rate. */
  used: number;
  /** Attempts that the share allows at the full rate. */
  allowed: number;
  elapsedMs: number;
  /** Whether somebody had to wait for the next attempt. */
  short: boolean;
  /** Whether nobody asked for one at all. */
  idle: boolean;
}

/** Whether a share is what holds its user back, and not that its user comes in bursts. A part of an attempt cannot be used. */
export function isHungry({ used, allowed, short }: Usage): boolean {
  return short && used >= allowed * 0.95 - 1;
}

/**
 * What to ask for, in attempts a minute. Little more than was used, as what is asked for and left unused is lost to
 * the others; twice as much where the share was too small; everything where there was none.
 */
export function demandOf(usage: Usage, limit: number): number {
  if (usage.idle) return 0;
  if (usage.used === 0) return limit;
  const perMinute = (usage.used * 60_000) / usage.elapsedMs;
  return Math.min(limit, Math.max(LEAST_SHARE, perMinute * (isHungry(usage) ? 1.3 : 1.1)));
}

export const RAMP_MS = 60_000;

/**
 * The part of its rate that a fleet may use at an age since it began to send: FCM asks for a ramp of a minute from
 * nothing to the full rate. It begins with a hundredth, or ten attempts a second, so that a small broadcast need not wait.
 */
export function rampFactor(limit: number, ageMs: number, rampMs: number = RAMP_MS): number {
  return Math.min(1, Math.max(0.01, 600 / limit, ageMs / rampMs));
}

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;

/**
 * How long to keep away still at a time (ms since 1970); 0 for not at all. FCM asks to keep what is not urgent out of
 * the minutes before and after :00, :15, :30 and :45, when everybody sends.
 */
export function quarterHourMs(time: number): number {
  const into = time % QUARTER_MS;
  if (into < MINUTE_MS) return MINUTE_MS - into;
  return into >= QUARTER_MS - MINUTE_MS ? QUARTER_MS + MINUTE_MS - into : 0;
}
