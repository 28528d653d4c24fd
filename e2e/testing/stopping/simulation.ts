import { vi } from "vitest";
import type { OpenStores } from "../stores.ts";
import { finishes, stops } from "./calm.ts";
import { judge } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { goOn, play } from "./play.ts";
import { createScene, type Scene } from "./scene.ts";

/**
 * Runs a plan: first as its choices will have it, then in calm until the broadcast is over. What of that should not
 * have been, in words, and behind it all that happened.
 */
export async function findFaults(plan: Plan, open: OpenStores): Promise<string[]> {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const scene = await createScene(plan, open);
  try {
    await goOn(scene, plan.lead);
    for (const choice of plan.choices) {
      await play(scene, choice);
      await scene.world.settle();
    }
    const faults = await endInCalm(scene);
    return faults.length > 0 ? [...faults, ...scene.story] : [];
  } finally {
    vi.useRealTimers();
    await scene.stores.close();
  }
}

async function endInCalm(scene: Scene): Promise<string[]> {
  if (!(await stops(scene))) return [...scene.watch.faults, "a closed gate does not stop it"];
  if (!(await finishes(scene))) return [...scene.watch.faults, "it never finishes"];
  return judge(scene);
}
