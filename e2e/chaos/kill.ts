import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatorClient } from "@fanfare/demo/simulator-client";
import type { Services } from "@fanfare/local/installation/place";
import type { Kill } from "./plan.ts";
import { until } from "./until.ts";

const LOOK_EVERY_MS = 15;

/**
 * Kills processes as planned, with `kill -9`, and starts them anew, until there is nothing left to disturb.
 * @returns how many it killed
 */
export async function killAsPlanned(
  kills: readonly Kill[],
  services: Services & { simulator: SimulatorClient },
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<number> {
  const { children, simulator } = services;
  let killed = 0;
  for (const kill of kills) {
    await sleep(kill.afterMs, undefined, { signal });
    if (kill.whom === "sender-in-mid-send")
      await until(async () => isOver() || (await simulator.stats()).inFlight > 0, LOOK_EVERY_MS, signal);
    if (isOver()) break;
    const dying = namesOf(kill, services).flatMap((name) => children[name] ?? []);
    await Promise.all(dying.map((child) => child.kill()));
    killed += dying.length;
    await sleep(kill.downMs, undefined, { signal });
    await Promise.all(dying.map((child) => child.start()));
  }
  return killed;
}

function namesOf({ whom, which }: Kill, { children, senders }: Services): string[] {
  const all = Object.keys(children);
  const pick = (names: readonly string[]) => names.slice(Math.floor(which * names.length)).slice(0, 1);
  switch (whom) {
    case "all":
      return all;
    case "anybody":
      return pick(all);
    case "sender-in-mid-send":
      return pick(senders);
  }
}
