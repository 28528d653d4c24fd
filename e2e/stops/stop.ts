import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatorClient } from "@fanfare/demo/simulator-client";
import { isFinished } from "@fanfare/shared/domain/broadcast";
import { cancel } from "@fanfare/shared/operations/cancel";
import { pause } from "@fanfare/shared/operations/pause";
import { resume } from "@fanfare/shared/operations/resume";
import { untilStopped } from "@fanfare/shared/operations/until-stopped";
import { until } from "../chaos/until.ts";
import type { Stage } from "./stage.ts";

const LOOK_EVERY_MS = 10;
export const BY = { by: "stops", reason: "a test" };
/** In which services tick, claims are taken over and retries come due: whoever sends on would be seen. */
export const WATCHED_MS = 3_000;

/** Messages that FCM had been sent: begun, and whole. */
export interface Sent {
  begun: number;
  attempts: number;
}

/** What FCM had been sent when a stop was acknowledged, and a while later. */
export interface Stopped {
  sent: Sent;
  afterwards: Sent;
}

export async function lookAt(simulator: SimulatorClient): Promise<Sent> {
  const { begun, attempts } = await simulator.stats();
  return { begun, attempts };
}

/** Cancels in mid-send, and waits for the end. */
export async function cancelInMidSend(stage: Stage, signal: AbortSignal): Promise<Stopped> {
  const { store, broadcast } = stage;
  await untilSent(stage, signal);
  const deps = { ...store, now: Date.now };
  const turned = await cancel(deps, broadcast.id, BY);
  if (turned?.kind !== "changed") throw new Error(`nothing was left to cancel: ${turned?.broadcast.phase}`);
  await untilStopped(deps, turned.broadcast, () => undefined);
  const sent = await lookAt(stage.simulator);
  await untilFinished(stage, signal);
  await sleep(WATCHED_MS, undefined, { signal });
  return { sent, afterwards: await lookAt(stage.simulator) };
}

/** Pauses in mid-send, kills every process, starts them all again, and resumes. */
export async function pauseKillResume(stage: Stage, signal: AbortSignal): Promise<Stopped> {
  const { store, broadcast, children } = stage;
  await untilSent(stage, signal);
  const deps = { ...store, now: Date.now };
  const turned = await pause(deps, broadcast.id, BY);
  if (turned?.kind !== "changed") throw new Error(`nothing was left to pause: ${turned?.broadcast.phase}`);
  await untilStopped(deps, turned.broadcast, () => undefined);
  const sent = await lookAt(stage.simulator);
  const all = Object.values(children);
  await Promise.all(all.map((child) => child.kill()));
  await Promise.all(all.map((child) => child.start()));
  await sleep(WATCHED_MS, undefined, { signal });
  const afterwards = await lookAt(stage.simulator);
  await resume(deps, broadcast.id, "paused", BY);
  await untilFinished(stage, signal);
  return { sent, afterwards };
}

export async function untilSent({ simulator, stopAfter }: Stage, signal: AbortSignal): Promise<void> {
  await until(async () => (await simulator.stats()).attempts >= stopAfter, LOOK_EVERY_MS, signal);
}

export async function untilFinished({ store, broadcast }: Stage, signal: AbortSignal): Promise<void> {
  const isOver = async () => {
    const current = await store.broadcasts.get(broadcast.id);
    return current !== null && isFinished(current.phase) && current.pruning.state !== "owed";
  };
  await until(isOver, 10 * LOOK_EVERY_MS, signal);
}
