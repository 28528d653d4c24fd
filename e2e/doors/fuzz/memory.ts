import { readFileSync } from "node:fs";

/** What a function may hold (resident set), in megabytes. Some 150 of them it holds when it has done nothing. */
export const MAY_HOLD_MB = 256;

/** The most memory that a process has held so far (resident set), in megabytes; undefined where the system does not tell. */
export function peakMb(pid: number | undefined): number | undefined {
  try {
    const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kb === undefined ? undefined : Math.ceil(Number(kb) / 1024);
  } catch {
    return undefined;
  }
}
