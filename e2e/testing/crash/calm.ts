import { isFinished } from "@fanfare/shared/domain/broadcast";
import { resume } from "@fanfare/shared/operations/resume";
import type { Scene } from "./scene.ts";

/** Rounds of ten seconds within which everything has to be finished: far more than any run needs. */
const PATIENCE = 5_000;

/** Lets everything happen as it should, and time pass. Whether all broadcasts finish, and owe nothing, within reason. */
export async function calmDown(scene: Scene): Promise<boolean> {
  for (let round = 0; round < PATIENCE; round++) {
    while (await drain(scene));
    if (await isOver(scene)) return true;
    scene.requests.forEach((_, index) => {
      if (!scene.answers.has(index)) scene.submit(index);
    });
    for (const id of scene.answers.values()) await resume(scene.outside, id, "held", { by: "a person" });
    scene.tick();
    while (await drain(scene));
    await scene.world.advance(10_000);
  }
  return false;
}

/** Takes every step there is and delivers every message; whether there was anything to do. */
async function drain({ world, messages }: Scene): Promise<boolean> {
  const steps = [...world.steps()];
  const waiting = messages.waiting();
  for (const message of waiting) messages.deliver(message, 0);
  for (const step of steps) await step.take("done");
  await world.settle();
  return steps.length + waiting.length > 0;
}

async function isOver({ answers, requests, stores }: Scene): Promise<boolean> {
  if (answers.size < requests.length) return false;
  const all = await Promise.all([...answers.values()].map((id) => stores.broadcasts.get(id)));
  return all.every((one) => one !== null && isFinished(one.phase) && one.owes.length === 0);
}
