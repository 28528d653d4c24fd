import { beforeEach, describe, expect, test } from "vitest";
import { createElapsed, type Elapsed } from "./elapsed.ts";

let monotonic: number;
let wall: number;
let elapsed: Elapsed;
let steps: number[];

beforeEach(() => {
  monotonic = 1_000;
  wall = 1_700_000_000_000;
  steps = [];
  elapsed = createElapsed({ monotonic: () => monotonic, wall: () => wall });
  elapsed.onStep((ms) => steps.push(ms));
});

/** So much passes on both clocks. */
function pass(ms: number): void {
  monotonic += ms;
  wall += ms;
}

/** How much passes while `work` runs. */
function during(work: () => void): number {
  const before = elapsed.now();
  work();
  return elapsed.now() - before;
}

describe("elapsed time", () => {
  test("is what passes on the monotonic clock where both agree", () => {
    expect(during(() => pass(12_345))).toBe(12_345);
    expect(steps).toEqual([]);
  });

  test("counts what a suspended machine slept, which the monotonic clock leaves out", () => {
    const slept = during(() => {
      pass(1_000);
      wall += 600_000;
    });
    expect(slept).toBe(601_000);
    expect(steps).toEqual([600_000]);
  });

  test("goes on when the wall clock is set back", () => {
    const passed = during(() => {
      pass(1_000);
      wall -= 900_000;
      pass(1_000);
    });
    expect(passed).toBe(2_000);
    expect(steps).toEqual([-900_000]);
  });

  test("counts what a machine slept after its clock was set back", () => {
    wall -= 900_000;
    elapsed.now();
    expect(during(() => (wall += 600_000))).toBe(600_000);
    expect(steps).toEqual([-900_000, 600_000]);
  });

  test("does not grow by looking often at clocks that tick differently", () => {
    const passed = during(() => {
      for (let look = 0; look < 100_000; look++) {
        monotonic += 0.1;
        wall = 1_700_000_000_000 + Math.floor(monotonic - 1_000);
        elapsed.now();
      }
    });
    expect(passed).toBeCloseTo(10_000, 3);
    expect(steps).toEqual([]);
  });

  test("does not grow when the process is left without a turn between two looks", () => {
    const late = createElapsed({
      monotonic: () => monotonic,
      // The process waits its turn before each look at the wall clock.
      wall: () => {
        pass(200);
        return wall;
      },
    });
    const [start, began] = [late.now(), monotonic];
    for (let look = 0; look < 100; look++) late.now();
    expect(late.now() - start).toBe(monotonic - began);
  });
});
