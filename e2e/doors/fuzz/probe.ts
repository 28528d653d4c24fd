import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ProbeWork } from "./probe-thread.ts";

/** How long good calls took, in milliseconds. */
export interface Latencies {
  calls: number;
  p50: number;
  p99: number;
  max: number;
  /** Of calls that were not answered with success, the statuses. */
  failed: number[];
}

/**
 * A client that registers devices one after another, in a thread of its own, so that what the flood's own process has
 * to do does not count. It ends after `calls` calls, or when it is told to.
 */
export function startProbe(work: ProbeWork): { stop(): void; done: Promise<Latencies> } {
  const worker = new Worker(new URL("./probe-thread.ts", import.meta.url), { workerData: work });
  const told = once(worker, "message") as Promise<[{ took: number[]; failed: number[] }]>;
  return {
    stop: () => worker.postMessage("stop"),
    done: told.then(([{ took, failed }]) => ({ ...percentiles(took), failed })),
  };
}

function percentiles(took: readonly number[]) {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1));
  return { calls: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
