import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/** Of one process and the children it has waited for. */
export interface Usage {
  cpuMs: number;
  rssMb: number;
  peakRssMb: number;
}

const MS_PER_TICK = 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
// Fields of /proc/PID/stat behind the name, which may hold spaces: user, system, and the children's of both.
const TIMES = [11, 12, 13, 14];

/** What a process has used so far, as the kernel counts it (proc(5)). */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = TIMES.reduce((sum, index) => sum + Number(fields[index]), 0);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return { cpuMs: ticks * MS_PER_TICK, rssMb: megabytes("VmRSS"), peakRssMb: megabytes("VmHWM") };
}

/** Lets the kernel note the peak of a process anew, from what it holds now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
