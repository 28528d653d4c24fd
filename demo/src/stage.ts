import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createChild, type Listening } from "@fanfare/local/child";
import { openDataFolder } from "@fanfare/local/installation/embedded";
import { readNames } from "@fanfare/local/installation/open";
import type { OpenInstallation, PlaceDeps, Services } from "@fanfare/local/installation/place";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/store";
import { showProgress } from "@fanfare/terminal/progress";
import { faultsOf } from "./faults.ts";
import type { DemoOptions } from "./options.ts";
import { timed } from "./phases.ts";
import { createRandom } from "./random.ts";
import { audienceOf, type Seeded, seedRegistrations } from "./seed.ts";
import { connectSimulator, type SimulatorClient } from "./simulator-client.ts";

export type StageDeps = PlaceDeps & { signal: AbortSignal };

/** Everything that runs during a demo. */
export interface Stage extends Services {
  store: Store;
  seeded: Seeded;
  seedingSeconds: number;
  simulator: SimulatorClient;
}

/** A retry waits a second here: the simulator does not mind, and nobody watches a demo wait for ten. */
const RETRY_SECONDS = 1;
/** How long the chunks of a dead sender wait for the next one, and what a lost message was about for the tick. */
const CHAOS_TIMES = { FANFARE_LEASE_SECONDS: "5", FANFARE_NEVER_CLAIMED_SECONDS: "5" };

/** What befalls messages under --chaos. */
const MISCHIEF = { dropped: 0.05, doubled: 0.05, delayed: 0.2, maxDelayMs: 1_500 };

/** Seeds a new installation, in `data` where it is one of files, and starts the simulator and the services. */
export async function setStage(options: DemoOptions, data: string, deps: StageDeps): Promise<Stage> {
  // For the store of this process as well: it makes the first range.
  if (options.chaos) Object.assign(process.env, CHAOS_TIMES);
  const { store, startServices } = await openPlace(options, data, deps);
  const { result: seeded, seconds } = await timed(() => seed(store, options, deps.signal));
  const url = await startSimulator(options, deps);
  const simulator = connectSimulator(url);
  await simulator.setFaults(faultsOf(options, audienceOf(seeded, options.platform)));
  const services = await startServices(settingsOf(options, url));
  return { store, seeded, seedingSeconds: seconds, simulator, ...services };
}

async function openPlace(options: DemoOptions, data: string, deps: PlaceDeps): Promise<OpenInstallation> {
  if (!options.emulators) return openDataFolder(data, deps);
  // Loaded here: nobody else needs Google's clients.
  const { openEmulators } = await import("@fanfare/local/installation/emulated");
  const { senders, pull, flutterflow: documents } = options;
  const project = `demo-${randomBytes(6).toString("hex")}`;
  const mischief = options.chaos ? { ...MISCHIEF, random: createRandom(options.seed) } : undefined;
  return openEmulators({ project, senders, pull, documents, mischief }, deps);
}

/** FCM's own. */
const QUOTA_WINDOW_MS = 60_000;

/** The simulator in a process of its own. @returns where it listens */
export async function startSimulator(
  { seed, quotaWindowMs = QUOTA_WINDOW_MS }: Pick<DemoOptions, "seed"> & { quotaWindowMs?: number },
  { closing, onDeath }: PlaceDeps,
): Promise<string> {
  const listening = Promise.withResolvers<string>();
  const main = fileURLToPath(import.meta.resolve("./simulator-process.ts"));
  const child = createChild({
    name: "simulator",
    main,
    args: [seed, String(quotaWindowMs)],
    onDeath: (reason) => onDeath(reason, "simulator"),
    onMessage: (message) => listening.resolve((message as Listening).url),
  });
  closing.defer(child.stop);
  await child.start();
  return listening.promise;
}

async function seed({ registrations }: Store, options: DemoOptions, signal: AbortSignal): Promise<Seeded> {
  if ((await registrations.size()) > 0) {
    const message = `${options.data} holds registrations already, and the demo would send to them: name a new folder`;
    throw new InvalidInput([{ field: "--data", message }]);
  }
  const progress = showProgress("seeding", options.registrations, "registrations");
  const onProgress = (done: number) => {
    signal.throwIfAborted();
    progress.update(done);
  };
  const { put } = registrations;
  const seeded = await seedRegistrations(put, options.registrations, options.seed, onProgress, readNames({}));
  progress.end();
  return seeded;
}

function settingsOf({ quota }: DemoOptions, url: string): Record<string, string> {
  return {
    FANFARE_FCM_ENDPOINT: url,
    FANFARE_FCM_PROJECT: "demo",
    FANFARE_RETRY_SECONDS: String(RETRY_SECONDS),
    FANFARE_QUOTA_PER_MINUTE: quota === null ? "none" : String(quota),
  };
}
