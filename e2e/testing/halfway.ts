import { setTimeout as sleep } from "node:timers/promises";
import type { Simulator } from "@fanfare/simulator";

/**
 * Resolves when half of the messages have been accepted and some are in flight, in the very turn that finds it so.
 * The caller sees to it that fewer than a third can be in flight at once.
 */
export async function halfway({ control }: Simulator, messages: number): Promise<void> {
  const isHalfway = () => {
    const { accepted, inFlight } = control.stats();
    return accepted > messages / 2 && inFlight > 1;
  };
  while (!isHalfway()) await sleep(1);
}
