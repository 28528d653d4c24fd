import { LEASE } from "@fanfare/shared/domain/lease";
import type { Messages } from "../crash/messages.ts";
import type { Ending, Process, Step } from "../crash/world.ts";
import { type Draw, draw } from "../draw.ts";
import type { Choice, Command } from "./plan.ts";
import type { Scene } from "./scene.ts";

type Message = ReturnType<Messages["waiting"]>[number];

const LONGEST_RUN = 10;
/** About as many steps as the longest command takes. */
const LONGEST_COMMAND = 14;
const LONGEST_WHILE = 30;
/** Up to the next look at the gates, and up to when a lease is renewed or a retry is due. */
const SHORT_WAITS_MS = [200, 1_000, 10_000];
/** Past the end of a lease. */
const LONG_WAITS_MS = [31_000, 61_000];
const REFUSALS = 3;
/** Far more than there ever are until nothing is left to do. */
const MOST_STEPS = 5_000;
/** What stops are most likely to get in the way of. */
const RARE = ["claimChunk", "parkChunk", "renewChunk", "settleChunk", "unpark", "cutRange", "stopRange"];
/** One command in so many is broken off. */
const BROKEN_OFF = 4;

/** Does what was chosen, if it can be done now. */
export async function play(scene: Scene, { what, which }: Choice): Promise<void> {
  const one = draw(which);
  switch (what) {
    case "step":
      return anything(scene, which);
    case "late":
    case "crash-before":
    case "crash-after":
    case "fail-before":
    case "fail-after":
      return takeAny(scene, one, what);
    case "run":
      return runAny(scene, which);
    case "goOn":
      return goOn(scene, one.below(LONGEST_WHILE));
    case "stall":
      return stall(scene, one);
    case "holdBack":
      return holdBack(scene, one);
    case "letGo":
      return scene.delays.letGo(scene.world.steps());
    case "deliver":
    case "deliverTwice":
    case "lose":
      return handle(scene, which, what);
    case "tick":
      return scene.tick();
    case "wait":
      return pass(scene, one.of(SHORT_WAITS_MS) ?? 0);
    case "waitLong":
      return pass(scene, one.of(LONG_WAITS_MS) ?? 0);
    case "replaceSender":
      return scene.replaceSender(which);
    case "submit":
      return scene.submit();
    case "refuse":
      return scene.fcm.refuse(1 + one.below(REFUSALS));
    case "pause":
    case "resumePaused":
    case "hold":
    case "resumeHeld":
    case "cancel":
      return command(scene, what, one);
  }
}

export async function take(scene: Scene, step: Step, ending: Ending = "done"): Promise<void> {
  const { world, watch, story } = scene;
  story.push(`${world.now() - world.start} ms: ${step.process.name}, ${step.what}, ${ending}`);
  await step.take(ending);
  await world.settle();
  await watch.look();
}

export async function pass({ world, watch }: Scene, ms: number): Promise<void> {
  await world.advance(ms);
  await watch.look();
}

/** Takes the first step there is; messages are delivered once there is none. False where there is nothing to do. */
export async function goOnce(scene: Scene): Promise<boolean> {
  const [step] = ready(scene);
  const [message] = scene.messages.waiting();
  if (step) await take(scene, step);
  else if (message) await deliver(scene, message);
  else return false;
  return true;
}

async function deliver({ messages, world }: Scene, message: Message): Promise<void> {
  messages.deliver(message, 0);
  await world.settle();
}

/** Goes on for so many steps. Where there is nothing to do it is time to tick. */
export async function goOn(scene: Scene, steps: number): Promise<void> {
  for (let left = steps; left > 0; left--) if (!(await goOnce(scene))) scene.tick();
}

/** Goes on until nothing is left to do. What runs in a circle comes to an end, too. */
export async function settle(scene: Scene): Promise<void> {
  for (let left = MOST_STEPS; left > 0 && (await goOnce(scene)); left--);
}

/** What may happen next. */
function ready({ world, delays }: Scene): Step[] {
  return world.steps().filter((step) => !delays.delayed(step));
}

/** One of the steps that are ready, of any kind with the same chance: few are of the kinds that matter most. */
function pick(scene: Scene, one: Draw): Step | undefined {
  const steps = ready(scene);
  const what = one.of([...new Set(steps.map((step) => step.what))]);
  return one.of(steps.filter((step) => step.what === what));
}

/** A step; where there is none, something that leads to one. */
async function anything(scene: Scene, which: number): Promise<void> {
  if (ready(scene).length > 0) return takeAny(scene, draw(which), "done");
  if (scene.messages.waiting().length > 0) return handle(scene, which, "deliver");
  scene.tick();
}

async function takeAny(scene: Scene, one: Draw, ending: Ending): Promise<void> {
  const step = pick(scene, one);
  if (step) await take(scene, step, ending);
}

/** One process goes on alone for a while, and leaves the others behind. */
async function runAny(scene: Scene, which: number): Promise<void> {
  const one = draw(which);
  const step = pick(scene, one);
  if (step) await run(scene, step.process, 1 + one.below(LONGEST_RUN));
}

async function run(scene: Scene, process: Process, steps: number): Promise<void> {
  for (let left = steps; left > 0; left--) {
    const step = ready(scene).find((one) => one.process === process);
    if (!step) return;
    await take(scene, step);
  }
}

/** One call takes long, or its whole process stands still. */
function holdBack(scene: Scene, one: Draw): void {
  const step = pick(scene, one);
  if (step) scene.delays.delay(one.below(2) === 0 ? step : step.process);
}

/** The same for longer than a lease lasts, while the others go on; most of all to a sender whose messages wait. */
async function stall(scene: Scene, one: Draw): Promise<void> {
  const waiting = ready(scene).find(({ what }) => what === "write");
  if (waiting && one.below(2) === 0) scene.delays.delay(waiting.process);
  else holdBack(scene, one);
  for (let passed = 0; passed <= LEASE.leaseMs; passed += LEASE.leaseMs / 3) {
    await pass(scene, LEASE.leaseMs / 3);
    await goOn(scene, one.below(LONGEST_RUN));
  }
}

/** Somebody comes and gets a few steps far at once, often between two steps of another. Some get no further. */
async function command(scene: Scene, what: Command, one: Draw): Promise<void> {
  const held = await moment(scene, one);
  if (held) scene.delays.delay(held);
  const process = scene.people.come(what);
  await run(scene, process, one.below(2) === 0 ? LONGEST_COMMAND : one.below(LONGEST_COMMAND / 2));
  if (one.below(BROKEN_OFF) === 0) scene.world.crash(process);
  if (!held) return;
  await goOn(scene, one.below(LONGEST_WHILE));
  if (scene.world.steps().includes(held)) await take(scene, held);
}

/** The step before which a command comes: of any kind there is, or of a rare one, which is waited for. */
async function moment(scene: Scene, one: Draw): Promise<Step | undefined> {
  const how = one.below(3);
  if (how === 0) return undefined;
  if (how === 1) return pick(scene, one);
  const what = one.of(RARE);
  for (let left = LONGEST_WHILE; left > 0; left--) {
    const found = ready(scene).find((step) => step.what === what);
    if (found) return found;
    await goOn(scene, 1);
  }
  return undefined;
}

function handle({ messages }: Scene, which: number, how: "deliver" | "deliverTwice" | "lose"): void {
  const message = draw(which).of(messages.waiting());
  if (!message) return;
  if (how === "lose") messages.lose(message);
  else messages.deliver(message, which, how === "deliverTwice");
}
