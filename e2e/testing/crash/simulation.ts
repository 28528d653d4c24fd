import type { OpenStores } from "../stores.ts";
import { calmDown } from "./calm.ts";
import { play } from "./chaos.ts";
import type { Plan } from "./plan.ts";
import { createScene, type Scene } from "./scene.ts";

export interface Run extends Scene {
  /** Whether everything finished. */
  over: boolean;
}

/**
 * Runs a plan: first as its choices will have it, with calls taken in any order, crashes, lost and doubled messages;
 * then in calm, until everything has finished or patience ends.
 */
export async function simulate(plan: Plan, open: OpenStores, onAdvance: (ms: number) => void): Promise<Run> {
  const scene = await createScene(plan, open, onAdvance);
  for (const choice of plan.choices) {
    await play(scene, choice);
    await scene.world.settle();
  }
  return { ...scene, over: await calmDown(scene) };
}
