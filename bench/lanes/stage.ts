import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { submitRequest } from "@fanfare/demo/submit-request";
import { openDataFolder } from "@fanfare/local/installation/embedded";
import type { PlaceDeps } from "@fanfare/local/installation/place";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import type { WireRequest } from "@fanfare/shared/events/broadcast-requests";
import type { Store } from "@fanfare/shared/store";
import { seedUsers } from "./seed.ts";
import { startSimulator, type WatchedSimulator } from "./simulator.ts";

export type StageDeps = PlaceDeps & { signal: AbortSignal };

/** An installation at work: every service and the simulator in processes of their own. */
export interface Stage {
  store: Store;
  simulator: WatchedSimulator;
  submit(key: string, audience: WireRequest["audience"]): Promise<Broadcast>;
}

/** Seeds a new data file in a folder that lasts as long as the run, and starts everything. */
export async function setStage(users: number, quotaPerMinute: number, deps: StageDeps): Promise<Stage> {
  const data = await mkdtemp(join(tmpdir(), "fanfare-lanes-"));
  deps.closing.defer(() => rm(data, { recursive: true, force: true }));
  const { store, startServices } = openDataFolder(data, deps);
  await seedUsers(store.registrations, users, deps.signal);
  const simulator = await startSimulator(deps);
  await startServices({
    FANFARE_FCM_ENDPOINT: simulator.url,
    FANFARE_FCM_PROJECT: "lanes",
    FANFARE_QUOTA_PER_MINUTE: String(quotaPerMinute),
  });
  return {
    store,
    simulator,
    submit: (key, audience) => submitRequest(store, requestOf(key, audience)),
  };
}

function requestOf(idempotencyKey: string, audience: WireRequest["audience"]): WireRequest {
  const content = { title: "Fanfare", text: "Two lanes", initialPage: "HomePage" };
  return { caller: CALLER, idempotencyKey, content, audience };
}

export const CALLER = "lanes";
