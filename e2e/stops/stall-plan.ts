import type { FaultsPatch } from "@fanfare/simulator";
import { createRandom } from "../../cli/src/demo/random.ts";
import { createChance } from "../chaos/chance.ts";

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
  const connectMs = chance.between(100, 600);
  return {
    seed,
    leaseSeconds,
    stop: chance.is(0.7) ? "pause" : "cancel",
    stalled: chance.is(0.7) ? "one" : "each",
    pressure,
    after: chance.pick([0.02, 0.1, 0.3, 0.5]),
    // A sender finds out at once that connections are gone, and new ones are open after `connectMs`.
    stallAfterMs: chance.between(5, pressure === "few-streams" ? connectMs + 1_000 : connectMs),
    faults: {
      connectMs,
      ...(pressure === "few-streams" && { maxConcurrentStreams: chance.between(1, 20) }),
      ...(pressure === "held-bodies" && { initialWindowBytes: chance.pick([0, 10, 100]) }),
    },
  };
}
