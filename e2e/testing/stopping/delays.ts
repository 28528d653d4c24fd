import type { Process, Step } from "../crash/world.ts";

/** Calls that take long: single ones, those of a process that stands still, and those of a kind that is slow. */
export function createDelays(slow: string | null) {
  const held = new Set<Step | Process>();
  let through = new Set<Step>();
  let isOver = false;

  const isSlow = ({ process, what }: Step) => `${process.name.split(" ", 1)} ${what}` === slow;

  return {
    delay: (one: Step | Process) => void held.add(one),
    delayed(step: Step): boolean {
      if (held.has(step) || held.has(step.process)) return true;
      return !isOver && isSlow(step) && !through.has(step);
    },
    /** All that waits now goes on. */
    letGo(steps: readonly Step[]): void {
      held.clear();
      through = new Set(steps);
    },
    /** Nothing takes long any more. */
    end(): void {
      held.clear();
      isOver = true;
    },
  };
}
