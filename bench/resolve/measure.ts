import type { ChildProcess } from "node:child_process";
import { forgetPeak, usageOf } from "../send/usage.ts";

/** What a process needed for some registrations. */
export interface Measured {
  cpuMsPer1000: number;
  perSecond: number;
  /** The most memory it held meanwhile, all of it. */
  peakRssMb: number;
}

/** Takes the measure of a process while some work is done. */
export async function measure({ pid = 0 }: ChildProcess, count: number, work: () => Promise<unknown>) {
  forgetPeak(pid);
  const [before, since] = [usageOf(pid), performance.now()];
  await work();
  const [after, wallMs] = [usageOf(pid), performance.now() - since];
  return {
    cpuMsPer1000: ((after.cpuMs - before.cpuMs) / count) * 1_000,
    perSecond: (count / wallMs) * 1_000,
    peakRssMb: after.peakRssMb,
  };
}
