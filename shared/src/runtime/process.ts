import type { Service } from "./service.ts";

/** What a child process tells its parent, where it has one that listens. */
export type ChildReport = { type: "ready" } | { type: "usage"; peakRssMb: number };

const REPORT_EVERY_MS = 500;

/**
 * Runs services until the process is asked to end (SIGTERM, SIGINT, or its parent going away), then closes them in
 * the order given. Under a parent with a message channel it reports readiness and peak memory.
 */
export function runService(services: readonly Service[]): void {
  let closing = false;
  const close = async () => {
    if (closing) return;
    closing = true;
    clearInterval(timer);
    for (const service of services) await service.close();
    report();
    if (process.connected) process.disconnect();
  };
  const report = () => send({ type: "usage", peakRssMb: peakRssMb() });
  const timer = setInterval(report, REPORT_EVERY_MS);
  const stop = () => void close().catch(die);
  process.once("SIGTERM", stop).once("SIGINT", stop).once("disconnect", stop);
  send({ type: "ready" });
}

/** The most memory this process has held so far, in megabytes (resident set). */
export function peakRssMb(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function send(message: ChildReport): void {
  // A parent that is gone is no failure: its going ends this process too.
  if (process.connected) process.send?.(message, () => undefined);
}

function die(error: unknown): void {
  console.error(error);
  process.exit(1);
}
