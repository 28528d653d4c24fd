import type { Lane } from "@fanfare/shared/domain/lane";
import { rampFactor } from "@fanfare/shared/domain/shares";
import { PROJECT } from "@fanfare/shared/senders";
import { createCounter, createMeter, type Meter } from "./governor-meter.ts";
import { createPauses } from "./governor-pauses.ts";
import type { Turn } from "./turn.ts";

/** What all meters go by, in monotonic milliseconds. */
export interface Terms {
  /** Until when shares may be used. */
  freshUntil: number;
  /** When the senders began to ramp up to the project's quota. */
  rampedSince: number;
}

export interface LimitRules {
  /** Null for no limit. */
  quotaPerMinute: number | null;
  /** Whether this process has every limit to itself from the start; otherwise it begins without shares. */
  alone: boolean;
  keepAwayMs: () => number;
  rampMs: number;
}

export type Limits = ReturnType<typeof createLimits>;

/** A chunk is claimed only when its first attempt can be made within this time. */
const SOON_MS = 1_000;

/** Everything that an attempt has to wait for. */
export function createLimits({ quotaPerMinute, alone, keepAwayMs, rampMs }: LimitRules, start: number) {
  const end = alone ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const terms: Terms = { freshUntil: end, rampedSince: Number.NEGATIVE_INFINITY };
  const meters = new Map<string, Meter>();
  const pauses = createPauses();

  function meterOf(limit: number, factor: (now: number) => number, now: number): Meter {
    return createMeter({ limit, share: alone ? limit : 0, until: () => terms.freshUntil, factor }, now);
  }

  const project =
    quotaPerMinute === null
      ? createCounter()
      : meterOf(quotaPerMinute, (now) => rampFactor(quotaPerMinute, now - terms.rampedSince, rampMs), start);
  meters.set(PROJECT, project);

  /** The broadcast's own; null where it has no limit of its own. A limit stays as it is while it is in use. */
  function ownOf({ broadcast, perMinute }: Turn, now: number): Meter | null {
    if (perMinute === undefined) return null;
    const known = meters.get(broadcast);
    if (known) return known;
    const made = meterOf(perMinute, () => 1, now);
    meters.set(broadcast, made);
    return made;
  }

  /** How long nothing of a lane may go at all; nothing or less for not at all. */
  function heldMs(lane: Lane, now: number): number {
    return Math.max(pauses.heldMs(now), lane === "normal" ? keepAwayMs() : 0);
  }

  return {
    terms,
    meters,
    pauses,
    /** Takes one attempt of the project's quota and of the broadcast's limit; false, and nothing is taken. */
    spend(turn: Turn, now: number): boolean {
      if (heldMs(turn.lane, now) > 0) return false;
      const own = ownOf(turn, now);
      // Both are asked before either answer counts: each must know that somebody waits.
      const owned = own === null || own.has(now);
      if (!project.has(now) || !owned) return false;
      own?.spend();
      project.spend();
      pauses.spent(now);
      return true;
    },
    /** Whether nobody at all can go because of the project's quota. */
    isSpent: (now: number) => !project.has(now),
    /** How long until the last of so many attempts may be made; infinite where that depends on other senders. */
    waitMs(turn: Turn, attempts: number, now: number): number {
      const own = ownOf(turn, now)?.waitMs(attempts) ?? 0;
      return Math.max(heldMs(turn.lane, now), own, project.waitMs(attempts));
    },
    /** How long until a chunk may be claimed for which the attempts before it are waiting; 0 for now. */
    claimMs(turn: Turn, ahead: number, now: number): number {
      const own = ownOf(turn, now);
      for (const meter of [project, own]) if (meter?.shareAt(now) === 0) meter.has(now);
      if (now >= terms.freshUntil) return Number.POSITIVE_INFINITY;
      const waits = Math.max(own?.waitMs(ahead + 1) ?? 0, project.waitMs(ahead + 1));
      return Math.max(0, heldMs(turn.lane, now), waits - SOON_MS);
    },
  };
}
