import { InvalidInput } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/runtime/store";
import { showProgress } from "../progress.ts";
import { openStore, readSettings } from "../store.ts";
import { type Child, createService, createSimulatorProcess } from "./children.ts";
import { faultsOf } from "./faults.ts";
import type { DemoOptions } from "./options.ts";
import { audienceOf, type Seeded, seedRegistrations } from "./seed.ts";
import { connectSimulator, type SimulatorClient } from "./simulator-client.ts";

/** Everything that runs during a demo. */
export interface Stage {
  store: Store;
  seeded: Seeded;
  simulator: SimulatorClient;
  children: Record<"scheduler" | "resolver" | "sender", Child>;
}

/** A retry waits a second here: the simulator does not mind, and nobody watches a demo wait for ten. */
const RETRY_SECONDS = 1;
/** After a kill the chunks of the dead sender wait this long for the next one. */
const CHAOS_LEASE_SECONDS = 5;

/**
 * Seeds the data file in `data`, and starts the simulator and the services.
 * @param closing what is to be closed at the end, noted before it is opened
 * @param onDeath called when a process ends by itself: the run cannot go on then
 */
export async function setStage(
  options: DemoOptions,
  data: string,
  closing: AsyncDisposableStack,
  onDeath: (reason: Error) => void,
): Promise<Stage> {
  const store = openStore(readSettings({ data }));
  closing.defer(() => store.close());
  const seeded = await seed(store, options);
  const start = async (child: Child): Promise<Child> => {
    closing.defer(child.stop);
    await child.start();
    return child;
  };
  let url = "";
  const onListening = (told: string) => {
    url = told;
  };
  await start(createSimulatorProcess(options.seed, onDeath, onListening));
  const simulator = connectSimulator(url);
  await simulator.setFaults(faultsOf(options, audienceOf(seeded, options.platform)));
  const environment = environmentOf(options, data, url);
  const run = (name: string) => start(createService(name, environment, onDeath));
  const children = {
    scheduler: await run("scheduler"),
    resolver: await run("resolver"),
    sender: await run("sender"),
  };
  return { store, seeded, simulator, children };
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

function environmentOf({ quota, chaos }: DemoOptions, data: string, url: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    FANFARE_DATA: data,
    FANFARE_FCM_ENDPOINT: url,
    FANFARE_FCM_PROJECT: "demo",
    FANFARE_RETRY_SECONDS: String(RETRY_SECONDS),
    FANFARE_QUOTA_PER_MINUTE: quota === null ? "none" : String(quota),
    ...(chaos && { FANFARE_LEASE_SECONDS: String(CHAOS_LEASE_SECONDS) }),
  };
}
