import { createRandom } from "@fanfare/demo/random";
import type { FaultsPatch } from "@fanfare/simulator";
import { type Chance, createChance } from "../chaos/chance.ts";

/** The leases, in seconds, that trials are spread over. */
export const LEASES = [2, 5, 30] as const;

/**
 * What makes messages wait inside a sender when it stalls: connections that are reset or sent away while new ones are
 * slow, ones that take fewer streams than were counted on, and windows that hold bodies back.
 */
const PRESSURES = ["abort", "goaway", "goaway-mid-flight", "few-streams", "held-bodies"] as const;
export type Pressure = (typeof PRESSURES)[number];

/** What is to happen in one trial. The same seed and lease give the same plan; when things meet is left to chance. */
export interface StallPlan {
  seed: string;
  leaseSeconds: number;
  stop: "pause" | "cancel";
  /** How many of the senders stall. */
  stalled: "one" | "each";
  pressure: Pressure;
  /** The share of the audience that was sent to when the pressure begins. */
  after: number;
  /** Milliseconds from there to the stall. */
  stallAfterMs: number;
  faults: FaultsPatch;
}

export function drawStall(seed: string, leaseSeconds: number): StallPlan {
  const chance = createChance(createRandom(`${seed} stall ${leaseSeconds}`));
  const pressure = chance.pick(PRESSURES);
  return {
    seed,
    leaseSeconds,
    stop: chance.is(0.7) ? "pause" : "cancel",
    stalled: chance.is(0.7) ? "one" : "each",
    pressure,
    after: chance.pick([0.02, 0.1, 0.3]),
    stallAfterMs: chance.between(5, 800),
    faults: drawFaults(pressure, chance),
  };
}

/** Longer than any trial lasts: what is to open opens when there is room again. */
const NEVER_MS = 600_000;

function drawFaults(pressure: Pressure, chance: Chance): FaultsPatch {
  switch (pressure) {
    case "abort":
    case "goaway":
    case "goaway-mid-flight":
      return { connectMs: NEVER_MS };
    case "few-streams":
      return { connectMs: chance.between(0, 100), maxConcurrentStreams: chance.between(1, 20) };
    case "held-bodies":
      return { initialWindowBytes: chance.pick([0, 20]) };
  }
}
