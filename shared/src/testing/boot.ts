import type { Boot } from "../sqlite/boot-clock.ts";

/** A boot whose clock stands still until it is moved. */
export interface TestBoot extends Boot {
  advance(ms: number): Promise<void>;
}

/** @param uptimeMs how long the machine has been up */
export function createBoot(id: string, uptimeMs: number): TestBoot {
  let time = uptimeMs;
  return {
    id,
    now: () => time,
    async advance(ms) {
      time += ms;
    },
  };
}
