import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** One boot of a machine: its name, and its clock. */
export interface Boot {
  /** Different after each boot; "" where the machine does not tell. */
  id: string;
  /** Milliseconds of the clock that runs from this boot on. */
  now(): number;
}

/**
 * Whole milliseconds of the machine's monotonic clock, which is the same for all its processes and which setting the
 * wall clock does not move. It begins again with each boot: times of two boots are never compared.
 */
export function bootNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + Math.floor(nanoseconds / 1_000_000);
}

/** Where a platform tells which boot it is in. */
const TOLD: Partial<Record<NodeJS.Platform, () => string>> = {
  linux: () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"),
  darwin: () => execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8" }),
};

/** @param told how each platform tells; one that cannot be asked does not tell. */
export function bootId(platform: NodeJS.Platform = process.platform, told = TOLD): string {
  try {
    return told[platform]?.().trim() ?? "";
  } catch {
    return "";
  }
}

/** The boot that this process runs in. */
export function machineBoot(): Boot {
  return { id: bootId(), now: bootNow };
}
