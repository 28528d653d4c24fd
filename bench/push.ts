import { findEmulators } from "@fanfare/local/emulators/find";
import { startEmulators } from "@fanfare/local/emulators/start";
import { onInterrupt, unlessAborted } from "@fanfare/terminal/interrupt";
import type { StageDeps } from "./lanes/stage.ts";
import { openHost } from "./push/host.ts";
import { type PushReport, printReport, type Rounds, reportOf } from "./push/report.ts";

export interface PushOptions {
  json: boolean;
  /** Measured broadcasts under each host, of which the median counts. */
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

async function measureAll({ rounds, devices }: Omit<PushOptions, "json">, deps: StageDeps): Promise<Rounds> {
  const emulators = await startEmulators(findEmulators());
  deps.closing.defer(emulators.close);
  // By these each host finds them running.
  Object.assign(process.env, {
    PUBSUB_EMULATOR_HOST: emulators.pubsubHost,
    FIRESTORE_EMULATOR_HOST: emulators.firestoreHost,
  });
  const hosts = {
    own: await openHost("own", devices, deps),
    framework: await openHost("framework", devices, deps),
  };
  const measured: Rounds = { own: [], framework: [] };
  // In turns, so that a bad moment of the machine's hits both alike.
  for (let round = 1; round <= rounds; round++) {
    measured.own.push(await hosts.own(`round ${round}`));
    measured.framework.push(await hosts.framework(`round ${round}`));
  }
  return measured;
}
