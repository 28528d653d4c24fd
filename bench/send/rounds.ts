import type { ChildProcess } from "node:child_process";
import { markAddress } from "@fanfare/simulator";
import type { Contender } from "./contenders.ts";
import { nextMessage } from "./pinned.ts";
import type { SinkOrder } from "./sink.ts";
import { forgetPeak, usageOf } from "./usage.ts";

/** What one contender needed for one batch. */
export interface Round {
  cpuMsPer1000: number;
  perSecond: number;
  peakRssMb: number;
  /** How much of its core the sink was busy, from 0 to 1: near 1 it would be the sink that is measured. */
  sinkBusy: number;
}

/** Of every ten addresses one is dead, as in a project that has not been pruned for a while. */
const DEAD_EVERY = 10;

export function makeAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    markAddress(index % DEAD_EVERY === 0 ? "dead" : "fine", Math.random),
  ).sort();
}

/** Has a contender send to these addresses, and takes its measure. @throws Error where it did not reach all of them */
export async function measure(
  contender: Contender,
  addresses: readonly string[],
  sink: ChildProcess,
): Promise<Round> {
  const send = await contender.prepare(addresses);
  const look = () => ({ own: usageOf(contender.pid), sink: usageOf(sink.pid ?? 0), at: performance.now() });
  forgetPeak(contender.pid);
  const before = look();
  const { accepted, dead } = await send();
  const after = look();
  if (accepted + dead !== addresses.length)
    throw new Error(`${contender.name} reached ${accepted + dead} of ${addresses.length} addresses`);
  const wallMs = after.at - before.at;
  return {
    cpuMsPer1000: ((after.own.cpuMs - before.own.cpuMs) / addresses.length) * 1_000,
    perSecond: (addresses.length / wallMs) * 1_000,
    peakRssMb: after.own.peakRssMb,
    sinkBusy: (after.sink.cpuMs - before.sink.cpuMs) / wallMs,
  };
}

/** Sets how long the sink takes to answer. */
export async function setLatency(sink: ChildProcess, order: SinkOrder): Promise<void> {
  const set = nextMessage(sink, "set");
  sink.send(order);
  await set;
}
