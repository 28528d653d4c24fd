import { findEmulators } from "@fanfare/local/emulators/find";
import { startEmulators } from "@fanfare/local/emulators/start";
import { onInterrupt, unlessAborted } from "@fanfare/terminal/interrupt";
import { HOSTS, type PushReport, printReport, type Rounds, reportOf } from "./push/report.ts";
import { takeTurn } from "./push/turn.ts";

export interface PushOptions {
  json: boolean;
  /** Turns of each host, of which the median counts. */
  rounds: number;
  /** To each of which a broadcast goes. */
  devices: number;
}

/**
 * Measures what a broadcast costs the sender that Pub/Sub pushes to, hosted by our own service and by Google's functions
 * framework in turns, on Google's emulators. @throws ConfigError where there are no emulators
 */
export async function push({ json, rounds, devices }: PushOptions): Promise<PushReport> {
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  const end = (reason: Error) => ending.abort(reason);
  onInterrupt(end);
  const work = measureAll({ rounds, devices }, { closing, onDeath: end, signal: ending.signal });
  const report = reportOf(devices, await unlessAborted(work, ending.signal));
  if (!json) printReport(report);
  return report;
}

async function measureAll(
  { rounds, devices }: Omit<PushOptions, "json">,
  deps: Parameters<typeof takeTurn>[2],
): Promise<Rounds> {
  const emulators = await startEmulators(findEmulators());
  deps.closing.defer(emulators.close);
  // By these each turn finds them running.
  Object.assign(process.env, {
    PUBSUB_EMULATOR_HOST: emulators.pubsubHost,
    FIRESTORE_EMULATOR_HOST: emulators.firestoreHost,
  });
  const measured: Rounds = { own: [], framework: [] };
  for (let round = 0; round < rounds; round++) {
    for (const host of HOSTS) {
      // What one turn opens goes before the next begins, or with everything.
      await using own = deps.closing.use(new AsyncDisposableStack());
      measured[host].push(await takeTurn(host, devices, { ...deps, closing: own }));
    }
  }
  return measured;
}
