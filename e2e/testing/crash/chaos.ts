import { hold } from "@fanfare/shared/broadcasts/hold";
import { resume } from "@fanfare/shared/operations/resume";
import type { Scene } from "./scene.ts";
import type { Ending } from "./world.ts";

/** Of a hundred choices, about as many as stand here are of each kind. */
const WEIGHTS = {
  done: 48,
  deliver: 16,
  deliverTwice: 4,
  lose: 3,
  tick: 5,
  wait: 7,
  "crash-before": 3,
  "crash-after": 3,
  "fail-before": 2,
  "fail-after": 2,
  submit: 3,
  replaceSender: 1,
  hold: 1,
  resume: 1,
  arrive: 2,
};
type Choice = keyof typeof WEIGHTS;
const CHOICES = Object.entries(WEIGHTS).flatMap(([choice, weight]) => Array(weight).fill(choice) as Choice[]);
const WAITS_MS = [200, 1_000, 10_000, 31_000, 61_000];

/** Does what a number stands for, if it can be done now. */
export async function play(scene: Scene, number: number): Promise<void> {
  const which = Math.floor(number / CHOICES.length);
  const choice = CHOICES[number % CHOICES.length] ?? "done";
  switch (choice) {
    case "done":
    case "crash-before":
    case "crash-after":
    case "fail-before":
    case "fail-after":
      return takeStep(scene, which, choice);
    case "deliver":
    case "deliverTwice":
    case "lose":
      return handle(scene, which, choice);
    case "tick":
      return scene.tick();
    case "wait":
      return scene.world.advance(WAITS_MS[which % WAITS_MS.length] ?? 0);
    case "submit":
      return scene.submit(which);
    case "replaceSender":
      return scene.replaceSender(which);
    case "hold":
    case "resume":
      return turnGate(scene, which, choice);
    case "arrive":
      return scene.arrive();
  }
}

async function takeStep({ world }: Scene, which: number, ending: Ending): Promise<void> {
  const steps = world.steps();
  await steps[which % steps.length]?.take(ending);
}

function handle({ messages }: Scene, which: number, how: "deliver" | "deliverTwice" | "lose"): void {
  const waiting = messages.waiting();
  const message = waiting[which % waiting.length];
  if (!message) return;
  if (how === "lose") messages.lose(message);
  else messages.deliver(message, which, how === "deliverTwice");
}

async function turnGate(
  { answers, outside, world }: Scene,
  which: number,
  how: "hold" | "resume",
): Promise<void> {
  const ids = [...answers.values()];
  const id = ids[which % ids.length] ?? "";
  if (how === "hold") await hold(outside.broadcasts, id, "stop", "a person", world.now());
  else await resume(outside, id, "held", { by: "a person" });
}
