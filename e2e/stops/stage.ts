import { createRandom } from "@fanfare/demo/random";
import { audienceOf, type Device, seedRegistrations } from "@fanfare/demo/seed";
import { connectSimulator, type SimulatorClient } from "@fanfare/demo/simulator-client";
import { startSimulator } from "@fanfare/demo/stage";
import { submitRequest } from "@fanfare/demo/submit-request";
import { openDataFolder } from "@fanfare/local/installation/embedded";
import type { PlaceDeps, Services } from "@fanfare/local/installation/place";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import type { Store } from "@fanfare/shared/store";
import { createChance } from "../chaos/chance.ts";

/** A broadcast on its way: on one data file, each service in a process of its own, two of them senders. */
export interface Stage extends Services {
  data: string;
  store: Store;
  simulator: SimulatorClient;
  audience: Device[];
  broadcast: Broadcast;
  /** Whether everybody is resolved when it is stopped is left to chance: so much of the audience was sent to. */
  stopAfter: number;
}

const SENDERS = 2;

/** Dead processes are found out soon, and a retry does not wait for ten seconds. */
export const TIMES = {
  FANFARE_LEASE_SECONDS: "5",
  FANFARE_RETRY_SECONDS: "1",
  FANFARE_TICK_SECONDS: "0.25",
};

export interface StageOptions {
  seed: string;
  registrations: number;
  /** The share of the audience that is sent to before the stop, where it is not left to chance. */
  after?: number;
  /** Settings of the services beside the usual ones. */
  settings?: Record<string, string>;
}

export async function setStage(
  { seed, registrations, after, settings }: StageOptions,
  data: string,
  deps: PlaceDeps,
): Promise<Stage> {
  const { store, startServices } = openDataFolder(data, deps, SENDERS);
  const seeded = await seedRegistrations(store.registrations.put, registrations, seed, () => undefined);
  const chance = createChance(createRandom(`${seed} stop`));
  const url = await startSimulator({ seed }, deps);
  const simulator = connectSimulator(url);
  await simulator.setFaults({
    latency: { meanMs: 40 + chance.upTo(120), jitterMs: 30 },
    ...{ error503: 0.005, error503After: 0.005, drop: 0.002, error429: chance.is(0.5) ? 0.0002 : 0 },
    retryAfterSeconds: 2,
  });
  const services = await startServices({
    ...{ FANFARE_FCM_ENDPOINT: url, FANFARE_FCM_PROJECT: "stops", FANFARE_QUOTA_PER_MINUTE: "none" },
    FANFARE_RANGE_SIZE: String(Math.ceil(registrations / chance.between(3, 40))),
    ...settings,
  });
  const audience = audienceOf(seeded, undefined);
  // Early, ranges are still open; late, chunks wait for their retries.
  const share = chance.pick([0, 0.02, 0.3, 0.6, 0.95]);
  const stopAfter = Math.floor((after ?? share) * audience.length) + 1;
  const broadcast = await submitRequest(store, {
    ...{ caller: "stops", idempotencyKey: seed, audience: "all" },
    content: { title: "Hello", text: "World" },
  });
  return { ...services, data, store, simulator, audience, broadcast, stopAfter };
}
