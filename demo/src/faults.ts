import { drawFault, type FaultsPatch, hashAddress } from "@fanfare/simulator";
import type { DemoOptions } from "./options.ts";
import type { Device } from "./seed.ts";

/** What the simulator does wrong in a demo. Chances are of an attempt; an address is spared from its fourth on. */
export function faultsOf(
  { faults, chaos, quota, seed }: Pick<DemoOptions, "faults" | "chaos" | "quota" | "seed">,
  audience: readonly Device[],
): FaultsPatch {
  const latency = chaos ? { meanMs: 120, jitterMs: 60 } : { meanMs: 20, jitterMs: 10 };
  const always: FaultsPatch = { latency, quotaPerMinute: quota, retryAfterSeconds: 2 };
  const before: FaultsPatch = { error429: chanceOfOne(seed, audience), error500: 0.001, error503: 0.001 };
  switch (faults) {
    case "none":
      return always;
    case "some":
      return { ...always, ...before };
    case "all":
      return { ...always, ...before, error503After: 0.002, drop: 0.002 };
  }
}

/** The chance at which just one first attempt gets a 429: just above the smallest draw of all. */
function chanceOfOne(seed: string, audience: readonly Device[]): number {
  const fine = audience.filter(({ nature }) => nature === "fine");
  const smallest = fine.reduce(
    (least, { address }) => Math.min(least, drawFault(hashAddress(seed, address), 1)),
    1,
  );
  return Math.min(0.5, smallest * 1.000_001);
}
