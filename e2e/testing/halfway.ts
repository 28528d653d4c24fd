import { setTimeout as sleep } from "node:timers/promises";
import type { Simulator } from "@fanfare/simulator";

/** At most 80 in flight, of 400 or more: so nobody can be too late for what is to happen halfway. */
export const SLOWLY = {
  simulator: { maxConcurrentStreams: 40, latency: { meanMs: 15, jitterMs: 15 } },
  transport: { maxConnections: 2 },
};

/**
 * Resolves when the simulator is done with half as many requests as there are messages, and has some in flight, in the
 * very turn that finds it so.
 */
export async function halfway({ control }: Simulator, messages: number): Promise<void> {
  const isHalfway = () => {
    const { attempts, inFlight } = control.stats();
    return attempts - inFlight > messages / 2 && inFlight > 1;
  };
  while (!isHalfway()) await sleep(1);
}
