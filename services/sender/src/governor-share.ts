import { demandOf, fairShares, isHungry, LEAST_SHARE } from "@fanfare/shared/domain/shares";
import {
  type OtherDriver,
  PROJECT,
  type Seen,
  type SeenSender,
  type SenderRecord,
  type Senders,
} from "@fanfare/shared/senders";
import { createAnswers } from "./governor-answers.ts";
import type { Limits } from "./governor-limits.ts";
import type { Meter } from "./governor-meter.ts";

/**
 * How long a sender may use its shares without having renewed them: long enough that heartbeats may be lost for five
 * seconds. By its own clock, from before it wrote, so that it ends before the record does.
 */
const STALE_MS = 12_000;
/** How long a record counts after it was written, by the store's clock; then others may use what it was granted. */
const EXPIRES_MS = 15_000;
/** A ramp begins anew where no sender wrote for this long: a minute that began since can hold no attempt. */
const IDLE_MS = 90_000;
/** So many attempts may be made at once when a ramp begins, as nothing was sent for long. */
const FIRST_ATTEMPTS = 100;

/**
 * Shares every limit with the other senders, without locks: each writes its own record only, and reads all.
 *
 * *Announce, then look.* A sender never uses more than its record says. To use more it writes the larger share first
 * and reads all records after that; then it uses what the others' leave of the limit, and no more than it wrote. To use
 * less it first does so, then writes it. So what all use together stays within the limit, however their steps are
 * mixed: of two that grow at once, the one that reads last sees both.
 *
 * Everybody works toward the fair shares of the demands that it sees, and all agree once they have seen the same.
 */
export function createShare(
  senders: Senders,
  id: string,
  limits: Limits,
  clock: { now: () => number },
  answers = createAnswers(clock.now),
  driverInUse: () => OtherDriver | undefined = () => undefined,
) {
  const { terms, meters } = limits;
  /** What the last record said, or the next will. */
  let shares: Record<string, { demand: number; granted: number }> = {};
  let others: SeenSender[] | null = null;
  let beat = 0;
  let ramp: { since: number; knownAt: number } | null = null;

  const limited = () => [...meters].filter(([, { limit }]) => limit !== Number.POSITIVE_INFINITY);

  /** The share that would be fair, as far as is known; before the first look, as if there were nobody else. */
  function fair(name: string, limit: number, demand: number): number {
    const demands = new Map([[id, demand]]);
    for (const other of others ?? []) demands.set(other.id, other.shares[name]?.demand ?? 0);
    return fairShares(limit, demands).get(id) ?? 0;
  }

  /** What a limit's usage since the last count asks for. */
  function demandFor(name: string, meter: Meter, now: number): number {
    const demand = demandOf(meter.usage(now), meter.limit);
    // While nobody may send, nothing can be told from what is used.
    return limits.pauses.leftMs(now) > 0 ? (shares[name]?.demand ?? demand) : demand;
  }

  /** Settles on what to be granted. What is less than before is used less from now on. */
  function plan(now: number): void {
    for (const [name, meter] of limited()) {
      const demand = shares[name]?.demand ?? 0;
      const granted = fair(name, meter.limit, demand);
      shares[name] = { demand, granted };
      if (granted < meter.shareAt(now)) meter.grant(granted, now);
    }
  }

  function recordAt(now: number): SenderRecord {
    const rampedSince = ramp && now - ramp.knownAt < IDLE_MS ? ramp.since : null;
    const recent = answers.recent();
    const driver = driverInUse();
    return {
      v: 1,
      id,
      beat: beat + 1,
      shares: { ...shares },
      ...limits.pauses.told(now),
      rampedSince,
      ...(recent && { answers: recent }),
      ...(driver && { driver }),
    };
  }

  /** Without a limit there is nothing to say, but for a pause, what was answered, and a driver that is not ours. */
  async function announce(record: SenderRecord): Promise<void> {
    const { pauseMs, shares, answers: told, driver } = record;
    const isEmpty = pauseMs === 0 && Object.keys(shares).length === 0 && !told && !driver;
    if (beat === 0 && isEmpty) return;
    beat = record.beat;
    const mark = answers.mark();
    await senders.announce(record);
    answers.wereTold(mark);
  }

  /** When the ramp began, by the store's clock; true where it begins now. */
  function adoptRamp({ at, senders: all }: Seen, now: number): boolean {
    const recent = all.filter((one) => one.id !== id && at - one.writtenAt < IDLE_MS);
    const known = recent.map(({ rampedSince, writtenAt }) => rampedSince ?? writtenAt);
    if (ramp && now - ramp.knownAt < IDLE_MS) known.push(ramp.since);
    const since = Math.min(at, ...known);
    ramp = { since, knownAt: now };
    terms.rampedSince = now - (at - since);
    return known.length === 0;
  }

  function adoptPauses({ at, senders: all }: Seen, now: number): void {
    const told = all.filter((one) => one.id !== id && one.pauseMs > 0);
    const inOurTime = told.map(({ writtenAt, pauseMs, probes = false, ...one }) => {
      return { id: one.id, from: now + writtenAt - at, pauseMs, probes };
    });
    limits.pauses.adopt(inOurTime, id, now);
  }

  function adoptShares(record: SenderRecord, { at, senders: all }: Seen, now: number, saved: number): void {
    others = all.filter((one) => one.id !== id && at - one.writtenAt < EXPIRES_MS);
    for (const [name, { granted }] of Object.entries(record.shares)) {
      const meter = meters.get(name);
      if (!meter) continue;
      const had = meter.shareAt(now);
      const grown = Math.min(granted, meter.limit - takenOf(name));
      // Part of a share will do, but not less than the least that anybody may have.
      const share = grown >= Math.min(granted, LEAST_SHARE) ? Math.max(had, grown) : had;
      meter.grant(Math.min(granted, share), now, name === PROJECT ? saved : 0);
    }
  }

  /** What the others may use of a limit, as last seen. */
  function takenOf(name: string): number {
    return (others ?? []).reduce((sum, other) => sum + (other.shares[name]?.granted ?? 0), 0);
  }

  /** Whether a share should change at once: it is too small, or too large while others go short. */
  function isUnfair(name: string, limit: number): boolean {
    const { demand, granted } = shares[name] ?? { demand: 0, granted: 0 };
    const next = fair(name, limit, demand);
    if (next > granted * 1.05) return granted < demand;
    return next < granted * 0.95 && granted + takenOf(name) > limit;
  }

  return {
    /** Asks for what was used since the last time, and a little more. */
    count(): void {
      const now = clock.now();
      const demands = limited().map(([name, meter]) => [name, demandFor(name, meter, now)] as const);
      shares = Object.fromEntries(demands.map(([name, demand]) => [name, { demand, granted: 0 }]));
      for (const [name, demand] of demands) if (name !== PROJECT && demand === 0) meters.delete(name);
      for (const meter of meters.values()) meter.restart();
    },

    /** Whether anything was attempted since the last count, or should have been. */
    isUsed(): boolean {
      const now = clock.now();
      return [...meters.values()].some((meter) => !meter.usage(now).idle);
    },

    /** Whether more should be asked for before the next count: of a limit everything asked for is used, or nothing was. */
    isLacking(): boolean {
      const now = clock.now();
      return limited().some(([name, meter]) => {
        const { demand } = shares[name] ?? { demand: 0 };
        if (demand >= meter.limit || !isHungry(meter.usage(now))) return false;
        return meter.shareAt(now) >= demand * 0.95;
      });
    },

    /**
     * Announces what this process asks for and may use, and looks. The answer takes effect when it is called: whoever
     * did not wait for it drops it. It tells whether to do the same again at once.
     */
    async exchange(): Promise<() => boolean> {
      const startedAt = clock.now();
      plan(startedAt);
      const record = recordAt(startedAt);
      await announce(record);
      const seen = await senders.look();
      return () => {
        const now = clock.now();
        const isFirst = adoptRamp(seen, now);
        adoptShares(record, seen, now, isFirst ? FIRST_ATTEMPTS : 0);
        adoptPauses(seen, now);
        terms.freshUntil = startedAt + STALE_MS;
        return limited().some(([name, { limit }]) => isUnfair(name, limit));
      };
    },

    /** Uses nothing from now on, and leaves everything to the others. */
    async withdraw(): Promise<void> {
      const now = clock.now();
      for (const [, meter] of limited()) meter.grant(0, now);
      for (const meter of meters.values()) meter.restart();
      terms.freshUntil = Number.NEGATIVE_INFINITY;
      shares = {};
      await announce(recordAt(now));
    },
  };
}
