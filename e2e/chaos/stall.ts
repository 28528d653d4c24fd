import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatorClient } from "@fanfare/demo/simulator-client";
import type { Services } from "@fanfare/local/installation/place";
import type { Chance } from "./chance.ts";
import { until } from "./until.ts";

const LOOK_EVERY_MS = 15;

export interface Stall {
  /** Milliseconds since the stall before, or the submission. */
  afterMs: number;
  /** One sender or all of them while messages are in flight, or any process at any moment. */
  whom: "sender-in-mid-send" | "senders-in-mid-send" | "anybody";
  /** Which of those it may be, from 0 to 1. */
  which: number;
  lastMs: number;
}

/** Half of them are over before the lease has passed, the others after. */
export function drawStalls(chance: Chance, leaseMs: number): Stall[] {
  const last = () =>
    chance.is(0.5) ? chance.between(50, leaseMs * 0.8) : chance.between(leaseMs * 1.05, leaseMs * 1.6);
  if (chance.is(0.4)) return [];
  return chance.many(1, 3, () => ({
    afterMs: chance.between(20, 900),
    whom: chance.is(0.25) ? "senders-in-mid-send" : chance.is(0.6) ? "sender-in-mid-send" : "anybody",
    which: chance.upTo(1),
    lastMs: last(),
  }));
}

/**
 * Stalls processes as planned (SIGSTOP) and wakes them, until there is nothing left to disturb.
 * @returns how many it stalled
 */
export async function stallAsPlanned(
  stalls: readonly Stall[],
  services: Services & { simulator: SimulatorClient },
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<number> {
  const { children, simulator } = services;
  let count = 0;
  for (const stall of stalls) {
    await sleep(stall.afterMs, undefined, { signal });
    if (stall.whom !== "anybody")
      await until(async () => isOver() || (await simulator.stats()).inFlight > 0, LOOK_EVERY_MS, signal);
    if (isOver()) break;
    const stalled = namesOf(stall, services).flatMap((name) => children[name] ?? []);
    for (const child of stalled) child.stall();
    count += stalled.length;
    const wakeAt = performance.now() + stall.lastMs;
    try {
      await until(async () => isOver() || performance.now() >= wakeAt, LOOK_EVERY_MS, signal);
    } finally {
      for (const child of stalled) child.wake();
    }
  }
  return count;
}

function namesOf({ whom, which }: Stall, { children, senders }: Services): string[] {
  const pick = (names: readonly string[]) => names.slice(Math.floor(which * names.length)).slice(0, 1);
  switch (whom) {
    case "senders-in-mid-send":
      return senders;
    case "anybody":
      return pick(Object.keys(children));
    case "sender-in-mid-send":
      return pick(senders);
  }
}
