import type { Service } from "./service.ts";

/** What a child process tells its parent, where it has one that listens. */
export type ChildReport = { type: "ready" } | ({ type: "usage" } & ProcessUsage);

/** What a process has used since it began. */
export interface ProcessUsage {
  /** The most memory it has held, in megabytes (resident set). */
  peakRssMb: number;
  /** Time on a processor, its own and the kernel's for it, of all its threads. */
  cpuSeconds: number;
}

const REPORT_EVERY_MS = 500;

/** Runs services until the process is asked to end, then closes them in the order given. */
export function runService(services: readonly Service[]): void {
  onEnd(async () => {
    for (const service of services) await service.close();
  });
  send({ type: "ready" });
}

/**
 * Runs `close` once when the process is asked to end: SIGTERM, SIGINT, or its parent going away. Under a parent with a
 * message channel it reports what it uses until then.
 */
export function onEnd(close: () => Promise<void>): void {
  let closing = false;
  const stop = () => {
    if (closing) return;
    closing = true;
    clearInterval(timer);
    close().then(leave, die);
  };
  const timer = setInterval(report, REPORT_EVERY_MS);
  // What else there is decides whether the process goes on.
  timer.unref();
  process.once("SIGTERM", stop).once("SIGINT", stop).once("disconnect", stop);
  // The parent went away before anything listened.
  if (process.send && !process.connected) stop();
}

function leave(): void {
  report();
  if (process.connected) process.disconnect();
}

function report(): void {
  send({ type: "usage", ...ownUsage() });
}

/** What this process has used so far, as it can tell wherever it runs. */
export function ownUsage(): ProcessUsage {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return { peakRssMb: Math.round(maxRSS / 1024), cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
}

function send(message: ChildReport): void {
  // A parent that is gone is no failure: its going ends this process too.
  if (process.connected) process.send?.(message, () => undefined);
}

function die(error: unknown): void {
  console.error(error);
  process.exit(1);
}
