import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatorClient } from "@fanfare/demo/simulator-client";
import type { Chance } from "./chance.ts";

/** What FCM does to everybody at one moment. */
const TROUBLES = ["goaway", "goaway-mid-flight", "abort", "payload-fault"] as const;

export interface Trouble {
  what: (typeof TROUBLES)[number];
  /** Milliseconds since the trouble before, or the submission. */
  afterMs: number;
}

export function drawTroubles(chance: Chance): Trouble[] {
  return chance.many(0, 3, () => ({ what: chance.pick(TROUBLES), afterMs: chance.between(100, 1_500) }));
}

/** How long FCM refuses every payload: as long as a mistake in a template lasts at least. */
const FAULTY_MS = 300;

export async function makeTrouble(
  troubles: readonly Trouble[],
  simulator: SimulatorClient,
  signal: AbortSignal,
): Promise<void> {
  for (const { what, afterMs } of troubles) {
    await sleep(afterMs, undefined, { signal });
    await strike(what, simulator, signal);
  }
}

async function strike(what: Trouble["what"], simulator: SimulatorClient, signal: AbortSignal): Promise<void> {
  switch (what) {
    case "goaway":
      return simulator.goAway();
    case "goaway-mid-flight":
      return simulator.goAway({ midFlight: true });
    case "abort":
      return simulator.abort();
    case "payload-fault":
      await simulator.setFaults({ payloadFault: true });
      await sleep(FAULTY_MS, undefined, { signal });
      return simulator.setFaults({ payloadFault: false });
  }
}
