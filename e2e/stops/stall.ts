import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatorClient } from "@fanfare/demo/simulator-client";
import { cancel } from "@fanfare/shared/operations/cancel";
import { pause } from "@fanfare/shared/operations/pause";
import { resume } from "@fanfare/shared/operations/resume";
import { untilStopped } from "@fanfare/shared/operations/until-stopped";
import { NO_FAULTS } from "@fanfare/simulator";
import { until } from "../chaos/until.ts";
import type { Stage } from "./stage.ts";
import type { Pressure, StallPlan } from "./stall-plan.ts";
import { BY, lookAt, type Sent, type Stopped, untilFinished, untilSent, WATCHED_MS } from "./stop.ts";

const STOPS = { pause, cancel };
const LOOK_EVERY_MS = 50;
const { maxConcurrentStreams, initialWindowBytes, connectMs } = NO_FAULTS;
const ROOM = { maxConcurrentStreams, initialWindowBytes, connectMs };
/** What the kernel had taken from a sender before it stalled is on its way: once this many looks see no change, it has come. */
const QUIET_LOOKS = 6;

/**
 * Stalls senders in mid-send, stops the broadcast as the command does, and wakes them once it has answered. What had
 * waited inside them must not go out then. Afterwards the broadcast goes on to its end.
 */
export async function stopWhileStalled(stage: Stage, plan: StallPlan, signal: AbortSignal): Promise<Stopped> {
  const { store, broadcast, simulator } = stage;
  await untilSent(stage, signal);
  await simulator.setFaults(plan.faults);
  await strike(plan.pressure, simulator);
  await sleep(plan.stallAfterMs, undefined, { signal });
  const stalled = stage.senders.slice(0, plan.stalled === "one" ? 1 : undefined);
  for (const name of stalled) stage.children[name]?.stall();
  // There is room again, of which those that are stalled learn at the moment in which they wake.
  await simulator.setFaults(ROOM);
  const deps = { ...store, now: Date.now };
  const turned = await STOPS[plan.stop](deps, broadcast.id, BY);
  if (turned?.kind !== "changed") throw new Error(`nothing was left to stop: ${turned?.broadcast.phase}`);
  await untilStopped(deps, turned.broadcast, () => undefined);
  const sent = await untilQuiet(simulator, signal);
  for (const name of stalled) stage.children[name]?.wake();
  await sleep(WATCHED_MS, undefined, { signal });
  const afterwards = await lookAt(simulator);
  if (plan.stop === "pause") await resume(deps, broadcast.id, "paused", BY);
  await untilFinished(stage, signal);
  return { sent, afterwards };
}

async function strike(pressure: Pressure, simulator: SimulatorClient): Promise<void> {
  switch (pressure) {
    case "abort":
    case "few-streams":
      return simulator.abort();
    case "goaway":
      return simulator.goAway();
    case "goaway-mid-flight":
      return simulator.goAway({ midFlight: true });
    case "held-bodies":
      return;
  }
}

async function untilQuiet(simulator: SimulatorClient, signal: AbortSignal): Promise<Sent> {
  let last = await lookAt(simulator);
  let quiet = 0;
  return until(
    async () => {
      const seen = await lookAt(simulator);
      quiet = seen.begun === last.begun && seen.attempts === last.attempts ? quiet + 1 : 0;
      last = seen;
      return quiet >= QUIET_LOOKS && seen;
    },
    LOOK_EVERY_MS,
    signal,
  );
}
