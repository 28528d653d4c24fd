import { LEASE } from "@fanfare/shared/domain/lease";
import type { Ending, Process } from "../crash/world.ts";
import { draw } from "../draw.ts";
import type { Choice } from "./plan.ts";
import type { Scene } from "./scene.ts";

const LONGEST_RUN = 10;
/** About as many steps as it takes to cut an audience, or to read a few pages. */
const LONGEST_LEAD = 40;
/** Within a lease, up to when it is renewed and beyond; and past its end. */
const SHORT_WAITS_MS = [1, 4_000, 11_000];
const LONG_WAITS_MS = [30_000, 31_000, 130_000];
const HINTS = 50;

/** Does what was chosen, if it can be done now. */
export async function play(scene: Scene, { what, which }: Choice): Promise<void> {
  const { world, apps } = scene;
  switch (what) {
    case "step":
      return takeStep(scene, which, "done");
    case "crash-before":
    case "crash-after":
    case "fail-before":
    case "fail-after":
      return takeStep(scene, which, what);
    case "run":
      return runAny(scene, which);
    case "overtake":
      return overtake(scene, which);
    case "deliver":
      return deliver(scene, which);
    case "hint":
      return void (await hint(scene));
    case "wait":
      return world.advance(draw(which).of(SHORT_WAITS_MS) ?? 0);
    case "waitLong":
      return world.advance(draw(which).of(LONG_WAITS_MS) ?? 0);
    case "drain":
      return drainOne(scene, which);
    case "add":
    case "remove":
    case "refresh":
    case "renew":
    case "move":
    case "land":
    case "crowdComes":
    case "crowdGoes":
      return apps[what](which);
  }
}

async function takeStep({ world, watch }: Scene, which: number, ending: Ending): Promise<void> {
  const step = draw(which).of(world.steps());
  if (!step) return;
  await step.take(ending);
  await world.settle();
  // Nothing else makes a chunk or tells of one.
  if (step.what === "addPage" || step.what.startsWith("publish")) await watch.look();
}

/** One process goes on alone for a while, and leaves the others behind. */
async function runAny(scene: Scene, which: number): Promise<void> {
  const one = draw(which);
  const step = one.of(scene.world.steps());
  if (step) await run(scene, step.process, 1 + one.below(LONGEST_RUN));
}

/** One process stands still until its lease has passed, and another goes on with its range. */
async function overtake(scene: Scene, which: number): Promise<void> {
  const { world, resolvers } = scene;
  const one = draw(which);
  const range = resolvers.rangeOf(one.of(world.steps())?.process);
  if (range === undefined) return;
  await world.advance(LEASE.leaseMs + 1_000);
  await run(scene, resolvers.start(range), 1 + one.below(LONGEST_LEAD));
}

async function run(scene: Scene, process: Process, steps: number): Promise<void> {
  const { world } = scene;
  for (let left = steps; left > 0; left--) {
    const index = world.steps().findIndex((step) => step.process === process);
    if (index < 0) return;
    await takeStep(scene, index, "done");
  }
}

/** Somebody is to work on a range: any there is, whoever works on it and whether it is closed. */
async function deliver({ id, stores, resolvers }: Scene, which: number): Promise<void> {
  const range = draw(which).of(await stores.ledger.ranges(id));
  if (range) resolvers.start(range.id);
}

/** What the tick does for what stands still. The senders' part is left out. Whether there was anything. */
export async function hint({ stores: { ledger }, resolvers }: Scene): Promise<boolean> {
  const due = (await ledger.hints(HINTS)).filter(({ kind }) => kind === "range");
  for (const { id } of due) resolvers.start(id);
  await ledger.hinted(due);
  return due.length > 0;
}

function drainOne({ world, resolvers }: Scene, which: number): void {
  const step = draw(which).of(world.steps());
  if (step) resolvers.drain(step.process);
}

/** Takes every step there is, and those that follow from it. */
export async function takeAll(scene: Scene): Promise<void> {
  while (scene.world.steps().length > 0) await takeStep(scene, 0, "done");
}
