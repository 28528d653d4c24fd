import { vi } from "vitest";
import type { OpenStores } from "../stores.ts";
import { finishes, stops } from "./calm.ts";
import { judge } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { goOn, goOnce, pass, play } from "./play.ts";
import { createScene, type Scene } from "./scene.ts";

/** More than it takes to resolve an audience. */
const MOST_STEPS = 300;

/**
 * Runs a plan: first as its choices will have it, then in calm until the broadcast is over. What of that should not
 * have been, in words, and behind it all that happened.
 */
export async function findFaults(plan: Plan, open: OpenStores): Promise<string[]> {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const scene = await createScene(plan, open);
  try {
    await begin(scene);
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

/** All goes well at first: stops are to come in the midst of everything. */
async function begin(scene: Scene): Promise<void> {
  const { lead, resolved, dueMs } = scene.plan;
  if (resolved) {
    await pass(scene, dueMs ?? 0);
    scene.tick();
    for (let left = MOST_STEPS; left > 0 && !scene.attempts.any() && (await goOnce(scene)); left--);
  }
  await goOn(scene, lead);
}

async function endInCalm(scene: Scene): Promise<string[]> {
  if (!(await stops(scene))) return [...scene.watch.faults, "a closed gate does not stop it"];
  if (!(await finishes(scene))) return [...scene.watch.faults, "it never finishes"];
  return judge(scene);
}
