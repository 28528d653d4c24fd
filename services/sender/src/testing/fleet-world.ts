import type { Verdict } from "@fanfare/shared/domain/answers";
import { RetryableError } from "@fanfare/shared/errors";
import { createLog } from "@fanfare/shared/hosting/log";
import type { Senders } from "@fanfare/shared/senders";
import { createSqliteSenders } from "@fanfare/shared/senders/sqlite";
import { openDatabase } from "@fanfare/shared/sqlite/database";
import { createGovernor, type Governor, type GovernorOptions } from "../governor.ts";
import type { GovernorClock } from "../governor-clock.ts";
import type { Turn } from "../turn.ts";

export const MINUTE_MS = 60_000;
const START = 1_800_000_000_000;

/** How a call to the store goes: how long it takes there and back, and whether it or its answer is lost. */
export interface Weather {
  thereMs: number;
  backMs: number;
  lost?: "call" | "answer" | "failed";
}

export const CLEAR: Weather = { thereMs: 10, backMs: 10 };

/** Whom attempts are for where it does not matter. */
export const TURN: Turn = { lane: "normal", broadcast: "b" };

/** FCM's answer by which the project is to wait. */
export const limitedFor = (afterMs: number): Verdict => {
  return { kind: "retry", unsure: false, limit: "project", afterMs };
};

export interface Sender {
  governor: Governor;
  clock: GovernorClock;
  readonly alive: boolean;
  /** Ends it without a word: nothing of it goes on, but for calls that are on their way. */
  kill(): void;
}

/** What a sender logged. */
export interface LogLine {
  sender: number;
  message: string;
  [field: string]: unknown;
}

export type FleetWorld = ReturnType<typeof createFleetWorld>;

/**
 * Senders in simulated time, which know of each other by a store alone. Each has a clock of its own.
 * @param weather asked for each call of a sender's, at a time in ms since the world began
 */
export function createFleetWorld(weather: (sender: number, time: number) => Weather = () => CLEAR) {
  const database = openDatabase(":memory:");
  const lines: LogLine[] = [];
  const log = createLog("fleet", "info", { write: (line) => void lines.push(JSON.parse(line)) });
  let time = 0;
  const timers: { at: number; then: () => void }[] = [];
  let started = 0;
  const stored = createSqliteSenders(database, () => Math.floor(START + time));

  function after(ms: number, then: () => void): void {
    const at = time + ms;
    let [low, high] = [0, timers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((timers[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    timers.splice(low, 0, { at, then });
  }

  const pass = (ms: number) => new Promise<void>((resolve) => after(ms, resolve));

  /** The store as a sender reaches it. */
  function sendersOf(number: number): Senders {
    async function call<T>(work: () => Promise<T>): Promise<T> {
      const { thereMs, backMs, lost } = weather(number, time);
      await pass(thereMs);
      if (lost === "failed") throw new RetryableError("STORE", "the store failed");
      if (lost === "call") return new Promise<T>(() => {});
      const answer = await work();
      await pass(backMs);
      return lost === "answer" ? new Promise<T>(() => {}) : answer;
    }
    return {
      announce: (record) => call(() => stored.announce(record)),
      look: () => call(() => stored.look()),
    };
  }

  /** @param offsetMs how far its clock is from the store's */
  function join(quota: number | null, offsetMs = 0, options: Omit<GovernorOptions, "fleet"> = {}): Sender {
    const number = started++;
    let alive = true;
    const clock: GovernorClock = {
      now: () => time + offsetMs,
      after: (ms, then) =>
        after(ms, () => {
          if (alive) then();
        }),
    };
    // Ids in no order of age.
    const id = `sender-${((number * 7) % 101) / 101}`;
    const random = () => ((number * 37 + time) % 100) / 100;
    const fleet = {
      senders: sendersOf(number),
      id,
      log: log.child({ sender: number }),
      now: () => START + time,
      random,
    };
    return {
      governor: createGovernor(quota, clock, { ...options, fleet }),
      clock,
      get alive() {
        return alive;
      },
      kill() {
        alive = false;
      },
    };
  }

  /** Attempts for ever, as fast as it is let or at a pace; notes when. */
  async function attempt(sender: Sender, times: number[], paceMs = 0, turn = TURN): Promise<void> {
    for (;;) {
      await sender.governor.take(turn);
      if (!sender.alive) return;
      times.push(time);
      if (paceMs > 0) await new Promise<void>((resolve) => sender.clock.after(paceMs, resolve));
    }
  }

  /** A sender that attempts as fast as it is let. */
  function joinHungry(quota: number, times: number[], turn = TURN): Sender {
    const sender = join(quota);
    for (let worker = 0; worker < 4; worker++) void attempt(sender, times, 0, turn);
    return sender;
  }

  async function advance(ms: number): Promise<void> {
    const until = time + ms;
    for (;;) {
      // Whatever can go on does so before time goes on.
      await new Promise(setImmediate);
      const next = timers.at(-1);
      if (!next || next.at > until) break;
      timers.pop();
      time = Math.max(time, next.at);
      next.then();
    }
    time = until;
  }

  return {
    join,
    joinHungry,
    attempt,
    advance,
    after,
    now: () => time,
    look: () => stored.look(),
    announce: stored.announce,
    lines,
    close: () => database.close(),
  };
}

/** The most attempts in any minute that begins with one. */
export function busiestMinute(times: readonly number[]): number {
  let most = 0;
  for (let first = 0, end = 0; first < times.length; first++) {
    while (end < times.length && (times[end] ?? 0) < (times[first] ?? 0) + MINUTE_MS) end++;
    most = Math.max(most, end - first);
  }
  return most;
}

/** How many attempts were made from a time on, until another. */
export const between = (times: number[], from: number, to = Number.POSITIVE_INFINITY) =>
  times.filter((time) => time >= from && time < to).length;
