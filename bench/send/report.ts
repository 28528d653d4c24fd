import type { Contender } from "./contenders.ts";
import type { Round } from "./rounds.ts";

/** Answers at once, and as late as FCM's are in a good hour. */
export const LATENCIES = {
  at0ms: { meanMs: 0, jitterMs: 0 },
  at40ms: { meanMs: 40, jitterMs: 20 },
};
export type Latency = keyof typeof LATENCIES;

/** All rounds of one contender. */
export interface Measured {
  contender: Contender;
  rounds: Record<Latency, Round[]>;
}

/** Medians over the rounds. Rates a second and memory are those at 40 ms, but for the one that says otherwise. */
export interface Result {
  cpuMsPer1000: number;
  cpuMsPer1000At40ms: number;
  perSecond: number;
  perSecondAt0ms: number;
  idleRssMb: number;
  /** The most in any round of either latency. */
  peakRssMb: number;
  /** The most that the sink was busy, of 1. */
  sinkBusy: number;
}

const NAMES: Record<string, string> = {
  fanfare: "fanfare",
  "fanfare by node:http2": "fanfareNodeHttp2",
  "node:http2": "nodeHttp2",
  "firebase-admin": "firebaseAdmin",
  "fcm-v1-http2": "fcmV1Http2",
  "@googleapis/fcm": "googleapisFcm",
  h2load: "h2load",
};

export interface SendReport {
  results: Record<string, Result>;
  /** How many times fewer CPU milliseconds Fanfare takes than firebase-admin at its cheapest. */
  ratioToFirebaseAdmin: number;
  ratioAt40ms: number;
}

/** Of a contender with several ways to be called the cheapest counts, at each latency for itself. */
export function reportOf(all: readonly Measured[]): SendReport {
  const results: Record<string, Result> = {};
  for (const [name, ways] of Map.groupBy(all, ({ contender }) => contender.name))
    results[NAMES[name] ?? name] = bestOf(ways);
  const { fanfare, firebaseAdmin } = results;
  const ratio = (of: (result: Result) => number) =>
    fanfare && firebaseAdmin ? round(of(firebaseAdmin) / of(fanfare)) : Number.NaN;
  return {
    results,
    ratioToFirebaseAdmin: ratio(({ cpuMsPer1000 }) => cpuMsPer1000),
    ratioAt40ms: ratio(({ cpuMsPer1000At40ms }) => cpuMsPer1000At40ms),
  };
}

function bestOf(ways: readonly Measured[]): Result {
  const cheapest = (latency: Latency) =>
    ways
      .map(({ rounds }) => rounds[latency])
      .reduce((best, other) => (cpuOf(other) < cpuOf(best) ? other : best));
  const [fast, usual] = [cheapest("at0ms"), cheapest("at40ms")];
  const every = ways.flatMap(({ rounds }) => [...rounds.at0ms, ...rounds.at40ms]);
  return {
    cpuMsPer1000: round(cpuOf(fast)),
    cpuMsPer1000At40ms: round(cpuOf(usual)),
    perSecond: Math.round(median(usual.map(({ perSecond }) => perSecond))),
    perSecondAt0ms: Math.round(median(fast.map(({ perSecond }) => perSecond))),
    idleRssMb: Math.round(Math.min(...ways.map(({ contender }) => contender.idleRssMb))),
    peakRssMb: Math.round(Math.max(...every.map(({ peakRssMb }) => peakRssMb))),
    sinkBusy: round(Math.max(...every.map(({ sinkBusy }) => sinkBusy))),
  };
}

const cpuOf = (rounds: readonly Round[]) => median(rounds.map(({ cpuMsPer1000 }) => cpuMsPer1000));

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = low] =
    sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1, middle + 1);
  return (low + high) / 2;
}

const round = (value: number) => Math.round(value * 100) / 100;

/** The report for a person. */
export function printReport({ results, ratioToFirebaseAdmin, ratioAt40ms }: SendReport): void {
  const rows = Object.entries(NAMES).flatMap(([name, key]) => {
    const one = results[key];
    return one ? [[name, columns(one)]] : [];
  });
  console.table(Object.fromEntries(rows));
  console.log(`CPU milliseconds of firebase-admin, for each that Fanfare takes:
  ${ratioToFirebaseAdmin} with answers at once, ${ratioAt40ms} with answers after 40 ± 20 ms`);
}

function columns(result: Result): Record<string, number> {
  return {
    "CPU ms/1000 at 0 ms": result.cpuMsPer1000,
    "at 40 ms": result.cpuMsPer1000At40ms,
    "messages/s at 0 ms": result.perSecondAt0ms,
    "messages/s at 40 ms": result.perSecond,
    "idle MB": result.idleRssMb,
    "peak MB": result.peakRssMb,
    "sink busy": result.sinkBusy,
  };
}
