import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/runtime/store";
import { createChild } from "../child.ts";
import { openDataFolder } from "../installation/embedded.ts";
import type { Place, PlaceDeps, Services } from "../installation/place.ts";
import { showProgress } from "../progress.ts";
import { faultsOf } from "./faults.ts";
import type { DemoOptions } from "./options.ts";
import { createRandom } from "./random.ts";
import { audienceOf, type Seeded, seedRegistrations } from "./seed.ts";
import { connectSimulator, type SimulatorClient } from "./simulator-client.ts";

/** Everything that runs during a demo. */
export interface Stage extends Services {
  store: Store;
  seeded: Seeded;
  simulator: SimulatorClient;
}

/** A retry waits a second here: the simulator does not mind, and nobody watches a demo wait for ten. */
const RETRY_SECONDS = 1;
/** After a kill the chunks of the dead sender wait this long for the next one. */
const CHAOS_LEASE_SECONDS = 5;
/** What a lost message was about waits this long for the tick. */
const CHAOS_NEVER_CLAIMED_SECONDS = 5;

/** What befalls messages under --chaos. */
const MISCHIEF = { dropped: 0.05, doubled: 0.05, delayed: 0.2, maxDelayMs: 1_500 };

/** Seeds a new installation, in `data` where it is one of files, and starts the simulator and the services. */
export async function setStage(options: DemoOptions, data: string, deps: PlaceDeps): Promise<Stage> {
  const { store, startServices } = await openPlace(options, data, deps);
  const seeded = await seed(store, options);
  const url = await startSimulator(options, deps);
  const simulator = connectSimulator(url);
  await simulator.setFaults(faultsOf(options, audienceOf(seeded, options.platform)));
  return { store, seeded, simulator, ...(await startServices(settingsOf(options, url))) };
}

async function openPlace(options: DemoOptions, data: string, deps: PlaceDeps): Promise<Place> {
  if (!options.emulators) return openDataFolder(data, deps);
  // Loaded here: nobody else needs Google's clients.
  const { openEmulators } = await import("../installation/emulated.ts");
  const { senders, pull } = options;
  const project = `demo-${randomBytes(6).toString("hex")}`;
  const mischief = options.chaos ? { ...MISCHIEF, random: createRandom(options.seed) } : undefined;
  return openEmulators({ project, senders, pull, mischief }, deps);
}

async function startSimulator({ seed }: DemoOptions, { closing, onDeath }: PlaceDeps): Promise<string> {
  const listening = Promise.withResolvers<string>();
  const main = fileURLToPath(import.meta.resolve("./simulator-process.ts"));
  const child = createChild({
    name: "simulator",
    main,
    args: [seed],
    onDeath,
    onListening: listening.resolve,
  });
  closing.defer(child.stop);
  await child.start();
  return listening.promise;
}

async function seed({ registrations }: Store, options: DemoOptions): Promise<Seeded> {
  if ((await registrations.size()) > 0) {
    const message = `${options.data} holds registrations already, and the demo would send to them: name a new folder`;
    throw new InvalidInput([{ field: "--data", message }]);
  }
  const progress = showProgress("seeding", options.registrations, "registrations");
  const seeded = await seedRegistrations(
    registrations.put,
    options.registrations,
    options.seed,
    progress.update,
  );
  progress.end();
  return seeded;
}

function settingsOf({ quota, chaos }: DemoOptions, url: string): Record<string, string> {
  return {
    FANFARE_FCM_ENDPOINT: url,
    FANFARE_FCM_PROJECT: "demo",
    FANFARE_RETRY_SECONDS: String(RETRY_SECONDS),
    FANFARE_QUOTA_PER_MINUTE: quota === null ? "none" : String(quota),
    ...(chaos && {
      FANFARE_LEASE_SECONDS: String(CHAOS_LEASE_SECONDS),
      FANFARE_NEVER_CLAIMED_SECONDS: String(CHAOS_NEVER_CLAIMED_SECONDS),
    }),
  };
}
