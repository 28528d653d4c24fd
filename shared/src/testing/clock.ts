/** A clock that stands still until it is moved. */
export interface Clock {
  now: () => number;
  advance(ms: number): Promise<void>;
}

export const START = 1_800_000_000_000;

export function createClock(start = START): Clock {
  let time = start;
  return {
    now: () => time,
    async advance(ms) {
      time += ms;
    },
  };
}
