import type { Verdict } from "@fanfare/shared/domain/answers";
import type { Lane } from "@fanfare/shared/domain/lane";
import { RAMP_MS } from "@fanfare/shared/domain/shares";
import { type GovernorClock, realClock } from "./governor-clock.ts";
import { type FleetPorts, joinFleet } from "./governor-fleet.ts";
import { createHearing } from "./governor-hearing.ts";
import { createLimits } from "./governor-limits.ts";
import type { Turn } from "./turn.ts";

/** Keeps all senders together within FCM's quota, and each broadcast within its own limit. */
export interface Governor {
  /**
   * Resolves when one more attempt may be made, in the order of the calls within a lane; null where it may be made
   * at once.
   */
  take(turn: Turn): Promise<void> | null;
  /** Resolves when attempts can be had soon: before that there is no use in claiming anything. */
  ready(turn: Turn): Promise<void> | null;
  /** Takes note of what came back for a message to an address: it may ask everybody to wait, or speak of a fault. */
  heard(address: string, verdict: Verdict): void;
  /**
   * Lets everybody who waits go on at once, so that they can see that the process is ending. Resolves when it needs the
   * other senders' store no more.
   */
  close(): Promise<void>;
}

export interface GovernorOptions {
  /** The other senders, with whom every limit is shared; absent, this process has them to itself. */
  fleet?: FleetPorts;
  /** How long what is not urgent has to keep away still, in milliseconds. */
  keepAwayMs?: () => number;
  /** How long senders that begin to send take to their full rate. */
  rampMs?: number;
}

/** Somebody who waits for something to become possible. */
interface Waiter {
  turn: Turn;
  go: () => void;
}

/** @param quotaPerMinute attempts a minute for all senders together; null for no limit. */
export function createGovernor(
  quotaPerMinute: number | null,
  clock: GovernorClock = realClock,
  { fleet: ports, keepAwayMs = () => 0, rampMs = RAMP_MS }: GovernorOptions = {},
): Governor {
  const rules = { quotaPerMinute, alone: ports === undefined, keepAwayMs, rampMs };
  const limits = createLimits(rules, clock.now());
  const waiting: Record<Lane, Waiter[]> = { urgent: [], normal: [] };
  let watching: Waiter[] = [];
  let wakeAt = Number.POSITIVE_INFINITY;
  let closed = false;

  const isWanted = () => waiting.urgent.length + waiting.normal.length + watching.length > 0;
  const fleet = ports && joinFleet(ports, clock, { limits, isWanted, changed: look });
  const hearing = createHearing({
    ...{ pauses: limits.pauses, clock, told: ports },
    tell: () => fleet?.tell(),
    changed: () => serve(clock.now()),
  });

  const aheadOf = (lane: Lane) => waiting.urgent.length + (lane === "normal" ? waiting.normal.length : 0);
  const claimMs = (turn: Turn, now: number) => limits.claimMs(turn, aheadOf(turn.lane), now);

  /** The other senders' records were read. */
  function look(): void {
    const now = clock.now();
    hearing.noteEnd(now);
    serve(now);
  }

  /** Lets everybody go who can, the urgent first, and sees to it that the next are let go in time. */
  function serve(now: number): void {
    const stays = ({ turn, go }: Waiter) => {
      const may = closed || limits.spend(turn, now);
      if (may) go();
      return !may;
    };
    if (closed || !limits.isSpent(now)) {
      waiting.urgent = waiting.urgent.filter(stays);
      waiting.normal = waiting.normal.filter(stays);
    }
    watching = watching.filter(({ turn, go }) => {
      const may = closed || claimMs(turn, now) === 0;
      if (may) go();
      return !may;
    });
    if (!isWanted()) return;
    wakeIn(nextMs(now), now);
    fleet?.lack();
  }

  /** How long until somebody who waits may be able to go. */
  function nextMs(now: number): number {
    const claims = watching.map(({ turn }) => claimMs(turn, now));
    const waits = [...waiting.urgent, ...waiting.normal].map(({ turn }) => limits.waitMs(turn, 1, now));
    return Math.min(...claims, ...waits);
  }

  function wakeIn(ms: number, now: number): void {
    const at = now + Math.max(1, Math.ceil(ms));
    if (at >= wakeAt) return;
    wakeAt = at;
    clock.after(at - now, () => {
      if (wakeAt === at) wakeAt = Number.POSITIVE_INFINITY;
      serve(clock.now());
    });
  }

  function inLine(line: Waiter[], turn: Turn, now: number): Promise<void> {
    return new Promise((go) => {
      line.push({ turn, go });
      serve(now);
    });
  }

  return {
    take(turn) {
      if (closed) return null;
      const now = clock.now();
      // Whoever came earlier and can go by now goes first.
      if (aheadOf(turn.lane) > 0 && !limits.isSpent(now)) serve(now);
      const wait = limits.spend(turn, now) ? null : inLine(waiting[turn.lane], turn, now);
      fleet?.want();
      return wait;
    },
    ready(turn) {
      if (closed) return null;
      const now = clock.now();
      const wait = claimMs(turn, now) === 0 ? null : inLine(watching, turn, now);
      // After it has joined the line: without a limit only that tells that somebody is in want.
      fleet?.want();
      return wait;
    },
    heard(address, verdict) {
      fleet?.count(verdict);
      if (!closed) hearing.heard(address, verdict, clock.now());
    },
    close() {
      closed = true;
      const left = fleet?.leave() ?? Promise.resolve();
      serve(clock.now());
      return left;
    },
  };
}
