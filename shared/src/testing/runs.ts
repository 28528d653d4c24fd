/** Which part of the runs of long properties is played: `TEST_RUNS=1` plays all of them, 10 ten times as many. */
const SHARE = Number(process.env.TEST_RUNS ?? 0.25);

/** How often a property that takes long is tried, of the number that is worth while. Each time with another seed. */
export function runsOf(whole: number): number {
  return Math.max(1, Math.ceil(whole * SHARE));
}
