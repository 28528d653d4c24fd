import { setTimeout as sleep } from "node:timers/promises";
import { OPERATOR } from "../testing/clock/wall-clocks.ts";
import type { Chance } from "./chance.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
const LOOK_EVERY_MS = 50;

/** How wall clocks are wrong in a round, in milliseconds. Elapsed time is always true. */
export interface ClockPlan {
  /** While the registrations are written. */
  importedMs: number;
  /** The step right before the submission. */
  submittedMs: number;
  /** What comes after it. */
  steps: Step[];
  /** Whether every clock is set right when all steps are done. */
  corrected: boolean;
}

export interface Step {
  /** Milliseconds since the step before, or the release. */
  afterMs: number;
  byMs: number;
  /** So long after it, it is taken back; null for never. */
  backAfterMs: number | null;
  /** From 0 to 1: where each process has a clock of its own, how many of them step, and from which on. */
  share: number;
  from: number;
}

export function drawClock(chance: Chance): ClockPlan | null {
  if (chance.is(0.4)) return null;
  const importedMs = chance.is(0.3) ? drawStep(chance) : 0;
  const submittedMs = chance.is(0.3) ? drawStep(chance) : 0;
  const steps = chance.many(1, 3, () => ({
    afterMs: chance.between(20, 1_200),
    byMs: drawStep(chance),
    backAfterMs: chance.is(0.4) ? chance.between(100, 1_500) : null,
    share: chance.upTo(1),
    from: chance.upTo(1),
  }));
  return { importedMs, submittedMs, steps, corrected: chance.is(0.5) };
}

function drawStep(chance: Chance): number {
  const small = chance.between(2, 90) * SECOND_MS;
  return chance.pick([HOUR_MS, DAY_MS, -HOUR_MS / 4, -DAY_MS, small, -small]);
}

/**
 * Steps clocks as planned once every broadcast that is due is released, until there is nothing left to disturb.
 * @returns how often it stepped some
 */
export async function stepClocks(
  { steps, corrected }: ClockPlan,
  { clocks, children, store }: Stage,
  due: readonly string[],
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<number> {
  const machines = [...Object.keys(children), OPERATOR];
  let count = 0;
  const step = async (one: Step, byMs: number, afterMs: number) => {
    await sleep(afterMs, undefined, { signal });
    if (isOver()) return;
    clocks.step(machinesOf(one, machines), byMs);
    count += 1;
  };
  const isReleased = async (id: string) => (await store.broadcasts.get(id))?.releasedAt != null;
  await until(async () => (await Promise.all(due.map(isReleased))).every(Boolean), LOOK_EVERY_MS, signal);
  for (const one of steps) {
    await step(one, one.byMs, one.afterMs);
    if (one.backAfterMs !== null) await step(one, -one.byMs, one.backAfterMs);
  }
  if (corrected) clocks.correct();
  return count;
}

function machinesOf({ share, from }: Step, machines: readonly string[]): string[] {
  const first = Math.floor(from * machines.length);
  const inTurn = [...machines.slice(first), ...machines.slice(0, first)];
  return inTurn.slice(0, Math.max(1, Math.round(share * machines.length)));
}
