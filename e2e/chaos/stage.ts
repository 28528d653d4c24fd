import { randomBytes } from "node:crypto";
import { createRandom } from "@fanfare/demo/random";
import { connectSimulator, type SimulatorClient } from "@fanfare/demo/simulator-client";
import { startSimulator } from "@fanfare/demo/stage";
import { openDataFolder } from "@fanfare/local/installation/embedded";
import { openEmulators } from "@fanfare/local/installation/emulated";
import type { PlaceDeps, Services } from "@fanfare/local/installation/place";
import type { Store } from "@fanfare/shared/store";
import { createWallClocks, OPERATOR, type WallClocks } from "../testing/clock/wall-clocks.ts";
import { type Befallen, plagueBus } from "./bus-mischief.ts";
import { createChance } from "./chance.ts";
import { LEASE_SECONDS, type Plan } from "./plan.ts";
import { makePopulation, type Population } from "./population.ts";

/** Everything that runs during a round. */
export interface Stage extends Services {
  store: Store;
  population: Population;
  simulator: SimulatorClient;
  clocks: WallClocks;
  /** What has befallen messages so far. */
  befallen(): Befallen;
}

/** Short times: what the dead held is free again soon, and what a lost message was about is asked for again. */
export const TIMES = {
  FANFARE_LEASE_SECONDS: String(LEASE_SECONDS.file),
  FANFARE_NEVER_CLAIMED_SECONDS: "2",
  FANFARE_TICK_SECONDS: "0.25",
  FANFARE_RETRY_SECONDS: "0.25",
};
/** The emulators are slow, and a lease that is not renewed in time is one more crash. */
export const EMULATED_TIMES = { ...TIMES, FANFARE_LEASE_SECONDS: String(LEASE_SECONDS.emulators) };

/** FCM's is a minute: senders that spent the quota would wait for most of it. */
const QUOTA_WINDOW_MS = 1_000;

/** Writes the population, and starts the simulator and the services; `data` is for the data file, where there is one. */
export async function setStage(
  plan: Plan,
  emulators: boolean,
  data: string,
  others: PlaceDeps,
): Promise<Stage> {
  const clocks = createWallClocks(data, !emulators);
  others.closing.defer(clocks.correct);
  // Nobody's clock steps in most rounds, and then each is the machine's own.
  const deps: PlaceDeps = plan.clock ? { ...others, nodeOptions: clocks.nodeOptions } : others;
  if (plan.clock) clocks.step([OPERATOR], plan.clock.importedMs);
  const population = makePopulation(plan.population, createChance(createRandom(`${plan.seed} population`)));
  const { place, befallen } = await openPlace(plan, emulators, data, deps);
  const { store } = place;
  const [url] = await Promise.all([
    startSimulator({ ...plan, quotaWindowMs: QUOTA_WINDOW_MS }, deps),
    store.registrations.put(population.documents),
  ]);
  clocks.correct();
  const simulator = connectSimulator(url);
  await simulator.setFaults(plan.faults);
  const services = await place.startServices({
    FANFARE_FCM_ENDPOINT: url,
    FANFARE_FCM_PROJECT: "chaos",
    FANFARE_QUOTA_PER_MINUTE: "none",
    FANFARE_RANGE_SIZE: String(plan.rangeSize),
  });
  return { store, population, simulator, clocks, befallen, ...services };
}

async function openPlace(plan: Plan, emulators: boolean, data: string, deps: PlaceDeps) {
  const random = createRandom(`${plan.seed} messages`);
  const { senders, pull } = plan;
  if (!emulators) {
    const place = openDataFolder(data, deps, senders);
    const plague = plagueBus(data, { ...plan.mischief, random });
    deps.closing.defer(plague.close);
    return { place, befallen: plague.read };
  }
  const befallen: Befallen = { lost: 0, doubled: 0, delayed: 0 };
  const tell = (what: keyof Befallen) => {
    befallen[what] += 1;
  };
  const project = `chaos-${randomBytes(6).toString("hex")}`;
  const place = await openEmulators(
    { project, senders, pull, mischief: { ...plan.mischief, random, tell } },
    deps,
  );
  return { place, befallen: () => befallen };
}
