import { closedGates, isFinished } from "@fanfare/shared/domain/broadcast";
import { resume } from "@fanfare/shared/operations/resume";
import { pass, settle } from "./play.ts";
import type { Scene } from "./scene.ts";

/** Past the end of every lease. */
const ROUND_MS = 31_000;
const LONG_ROUND_MS = 600_000;
/** Hints of what was hinted at often come hours later. */
const SHORT_ROUNDS = 12;
const PATIENCE = 300;

/** Whether a closed gate stops everything within a lease's time, where all goes well. */
export async function stops(scene: Scene): Promise<boolean> {
  scene.delays.end();
  for (let round = 0; round < 2; round++) await playRound(scene, ROUND_MS);
  const record = scene.watch.record();
  return !record || closedGates(record).length === 0 || scene.watch.isStopped();
}

/** Whether it finishes, and owes nothing, within reason. Gates are opened where no deadline ends what they stop. */
export async function finishes(scene: Scene): Promise<boolean> {
  const { plan, watch } = scene;
  for (let round = 0; round < PATIENCE; round++) {
    const record = watch.record();
    if (record && isFinished(record.phase) && record.owes.length === 0) return true;
    if (plan.deadlineMs === null) await open(scene);
    await playRound(scene, round < SHORT_ROUNDS ? ROUND_MS : LONG_ROUND_MS);
  }
  return false;
}

async function open({ id, outside, watch }: Scene): Promise<void> {
  await resume(outside, id, "paused", { by: "a person" });
  await resume(outside, id, "held", { by: "a person" });
  await watch.look();
}

async function playRound(scene: Scene, ms: number): Promise<void> {
  scene.tick();
  await settle(scene);
  await pass(scene, ms);
  await settle(scene);
}
