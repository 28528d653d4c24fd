import { onInterrupt, unlessAborted } from "@fanfare/terminal/interrupt";
import { type ProgressLine, showProgress } from "@fanfare/terminal/progress";
import { type Contender, findContenders, type Start } from "./send/contenders.ts";
import { checkCores } from "./send/pinned.ts";
import {
  LATENCIES,
  type Latency,
  type Measured,
  printReport,
  reportOf,
  type SendReport,
} from "./send/report.ts";
import { makeAddresses, measure, setLatency } from "./send/rounds.ts";
import { openSite, type Site } from "./send/site.ts";

export interface SendOptions {
  json: boolean;
  /** Measured rounds at each latency; the median counts. */
  rounds: number;
  /** To so many addresses in each. */
  messages: number;
  contenders?: readonly Start[];
}

/** Rounds before those that count: until then a sender's code is not compiled. */
const WARM_UPS = 2;

/**
 * Measures Fanfare's sender beside others: processor time, rate and memory. All send the same to the same sink, in
 * turn, on one core that they share; the sink has another.
 * @throws ConfigError where this machine has no two cores to give
 */
export async function send({ json, ...options }: SendOptions): Promise<SendReport> {
  checkCores();
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  onInterrupt((reason) => ending.abort(reason));
  const all = await unlessAborted(measureAll(options, closing), ending.signal);
  const report = reportOf(all);
  if (!json) printReport(report);
  return report;
}

async function measureAll(
  { rounds, messages, contenders: starts = findContenders() }: Omit<SendOptions, "json">,
  closing: AsyncDisposableStack,
): Promise<Measured[]> {
  const site = await openSite(closing);
  const contenders: Contender[] = [];
  for (const start of starts) contenders.push(await start(site, closing));
  const all = contenders.map((contender): Measured => ({ contender, rounds: { at0ms: [], at40ms: [] } }));
  const total = all.length * (rounds + WARM_UPS) * Object.keys(LATENCIES).length;
  const progress = showProgress("measuring", total, "batches");
  for (const latency of Object.keys(LATENCIES) as Latency[])
    await measureAt(latency, { site, all, rounds, addresses: makeAddresses(messages), progress });
  progress.end();
  return all;
}

interface Task {
  site: Site;
  all: readonly Measured[];
  rounds: number;
  addresses: readonly string[];
  progress: ProgressLine;
}

/** One after another in each round, so that a bad moment of the machine's hits all alike. */
async function measureAt(latency: Latency, { site, all, rounds, addresses, progress }: Task): Promise<void> {
  await setLatency(site.sink, LATENCIES[latency]);
  let done = latency === "at0ms" ? 0 : all.length * (rounds + WARM_UPS);
  for (let round = -WARM_UPS; round < rounds; round++) {
    for (const { contender, rounds: measured } of all) {
      const result = await measure(contender, addresses, site.sink);
      if (round >= 0) measured[latency].push(result);
      progress.update(++done);
    }
  }
}
