import { isOver } from "@fanfare/shared/domain/range";
import { vi } from "vitest";
import type { OpenStores } from "../stores.ts";
import { judge } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { hint, play, takeAll } from "./play.ts";
import { createScene, type Scene } from "./scene.ts";

/** Minutes within which everything has to be resolved: far more than any run needs. */
const PATIENCE = 100;

/**
 * Runs a plan: first as its choices will have it, then in calm until all is resolved, then once more from the start.
 * What of that should not have been, in words.
 */
export async function findFaults(plan: Plan, open: OpenStores): Promise<string[]> {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const scene = await createScene(plan, open);
  try {
    for (const choice of plan.choices) {
      await play(scene, choice);
      await scene.world.settle();
    }
    if (!(await calmDown(scene))) return ["the audience is never resolved"];
    return await judge(scene);
  } finally {
    vi.useRealTimers();
    await scene.stores.close();
  }
}

async function calmDown(scene: Scene): Promise<boolean> {
  const { id, world, stores } = scene;
  for (let minute = 0; minute < PATIENCE; minute++) {
    await takeAll(scene);
    if ((await stores.ledger.ranges(id)).every(isOver)) return true;
    await hint(scene);
    await world.advance(60_000);
  }
  return false;
}
