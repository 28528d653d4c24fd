import type { Answer } from "@fanfare/shared/domain/answers";
import { elapsed } from "@fanfare/shared/hosting/elapsed";
import { createBackoff } from "./backoff.ts";
import type { Call } from "./call.ts";
import { type Connection, openConnection, type Retirement } from "./connection.ts";
import { createDrivers } from "./drivers.ts";
import type { Http2Settings } from "./options.ts";

/** The connections: opened as they are needed, replaced when they end, never in a hot loop. */
export interface Pool {
  /** Whether so many calls fit, now or as soon as a connection being opened is open. */
  hasRoom(calls: number): boolean;
  /** The open connection with the most room, if any has some. */
  pick(): Connection | undefined;
  /** Opens connections until there is room for so many calls, at once or when the back-off is over. */
  provide(calls: number): void;
  /** Cuts short what is under way, which is then answered, and resolves when every socket is closed. */
  close(): Promise<void>;
}

export interface PoolEvents {
  onAnswer: (call: Call, answer: Answer) => void;
  /** There may be more room, or a reason to ask for some again. */
  onRoom: () => void;
  /** A connection could not be opened and there is no other: what waits for one has waited in vain. */
  onUnreachable: () => void;
}

export function createPool(settings: Http2Settings, events: PoolEvents): Pool {
  const backoff = createBackoff();
  const drivers = createDrivers(settings.driver);
  /** Those that take calls, or will. */
  const active = new Set<Connection>();
  /** Those with a socket: the active ones, and those that only finish what they have begun. */
  const alive = new Set<Connection>();
  const delay = createDelay(settings.timeoutMs);
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  /** Asked for every message, as `pick` is: one look at the clock for all connections, and no more of them than need be. */
  function hasRoom(calls: number): boolean {
    const now = elapsed();
    let left = calls;
    for (const connection of active) {
      if (left <= 0) break;
      left -= connection.room(now);
    }
    return left <= 0;
  }

  function open(): void {
    const connection = openConnection(settings, drivers.open, {
      onAnswer(call, answer) {
        if (answer.kind === "response") {
          backoff.reset();
          drivers.answered();
          delay.note(call);
        }
        events.onAnswer(call, answer);
      },
      onRoom: events.onRoom,
      onRetired: (how) => retired(connection, how),
      onGone: () => alive.delete(connection),
    });
    active.add(connection);
    alive.add(connection);
  }

  function retired(connection: Connection, how: Retirement): void {
    active.delete(connection);
    if (how.kind !== "draining" || !how.answered) backoff.fail(performance.now());
    settings.onEvent({ kind: EVENTS[how.kind], cause: how.cause });
    if (drivers.retired(how)) fallBack(how.cause);
    else if (how.kind === "never-opened" && active.size === 0) events.onUnreachable();
    events.onRoom();
  }

  /** Connections of the other driver take no more, but finish what they have begun. What waits goes on with the new one. */
  function fallBack(cause: string): void {
    settings.onEvent({ kind: "fallback", cause });
    for (const connection of [...active]) connection.retire("fallback");
  }

  /** False also while another attempt is to show first whether the server is back. */
  function mayOpen(): boolean {
    if (closed || active.size >= mostConnections(settings, delay.meanMs())) return false;
    const waitMs = backoff.remainingMs(performance.now());
    if (waitMs > 0) {
      retry ??= setTimeout(onWaited, Math.ceil(waitMs));
      return false;
    }
    return !backoff.failing() || ![...active].some((connection) => connection.connecting());
  }

  function onWaited(): void {
    retry = undefined;
    events.onRoom();
  }

  return {
    hasRoom,
    pick() {
      const now = elapsed();
      let best: Connection | undefined;
      let most = 0;
      for (const connection of active) {
        const room = connection.room(now);
        if (room <= most || !connection.open()) continue;
        best = connection;
        most = room;
      }
      return best;
    },
    provide(calls) {
      while (!hasRoom(calls) && mayOpen()) open();
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      await Promise.all([...alive].map((connection) => connection.close()));
    },
  };
}

const EVENTS = {
  "never-opened": "connect-failed",
  draining: "connection-draining",
  lost: "connection-lost",
} as const;

/** More than the mean needs, since answers come in bunches. */
const HEADROOM = 1.5;
const LEAST_CONNECTIONS = 2;

/** Little's law: so many messages are under way at once as come in the time that one of them takes. */
function mostConnections(
  { perSecond, streamsPerConnection, maxConnections }: Http2Settings,
  delayMs: number,
) {
  const underWay = (perSecond * delayMs * HEADROOM) / 1_000;
  const needed = Math.ceil(underWay / streamsPerConnection);
  return Math.min(maxConnections, Math.max(LEAST_CONNECTIONS, needed));
}

/** Before the first answers: what a server nearby needs. */
const FIRST_DELAY_MS = 50;
/** Every so manieth answer is measured, and counts so much: the clock costs time, and the mean need not be that fresh. */
const SAMPLE_EVERY = 16;
const WEIGHT = 0.05;

/** About how long answers take, from what was noted of the latest ones. */
function createDelay(timeoutMs: number) {
  let meanMs = FIRST_DELAY_MS;
  let answers = 0;
  return {
    note({ deadline }: Call): void {
      answers += 1;
      if (answers % SAMPLE_EVERY !== 0) return;
      const tookMs = timeoutMs - (deadline - performance.now());
      meanMs += (tookMs - meanMs) * WEIGHT;
    },
    meanMs: () => meanMs,
  };
}
