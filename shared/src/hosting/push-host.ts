import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Store } from "../store.ts";
import { createFunctions, type FunctionDeps } from "./functions.ts";
import { createGuard } from "./guard.ts";
import { guardServer } from "./guard-server.ts";
import { closeServer, hostOf, listen } from "./listen.ts";
import { type Log, serviceOf } from "./log.ts";
import { runService } from "./process.ts";
import { requirePushSettings } from "./push-auth.ts";
import type { FunctionSettings } from "./push-settings.ts";
import { seldomOf } from "./seldom.ts";
import type { Hosted, Service } from "./service.ts";
import { watchClock } from "./watch-clock.ts";

export interface HostDeps {
  store: Store;
  log: Log;
  settings: FunctionSettings;
}

/** A server that Pub/Sub pushes to. Closing it ends that. */
export interface PushServer extends Service {
  port: number;
  /** Closed first: from then on pushes are answered 503, and what is in hand is finished or handed back. */
  work: Service;
}

/**
 * Hosts services in this process as a plain HTTP service, such as one of Cloud Run's, until it is asked to end. Pub/Sub
 * pushes all their subscriptions to it. Several services meet only through the store, as in processes of their own.
 */
export async function hostPushes(services: readonly Hosted[], deps: HostDeps): Promise<void> {
  const server = await servePushes(services, deps);
  const clock = watchClock(serviceOf(deps.log), { health: deps.store.health, log: deps.log });
  runService([server.work, clock, deps.store, server]);
}

/**
 * Listens for pushes. Paths are of no account, as with functions: the subscription says what a push is for. Google's
 * functions framework would run each request in a `node:domain`, which keeps async hooks switched on for the whole
 * process, and every promise of the sender pays for them.
 * @throws ConfigError where it is not set who may push, or the port cannot be listened on
 */
export async function servePushes(services: readonly Hosted[], deps: FunctionDeps): Promise<PushServer> {
  requirePushSettings(deps.settings);
  const functions = createFunctions(services, deps);
  const { door, handler } = functions.push;
  const server = createServer();
  guardServer(server, createGuard(door, seldomOf(deps.log)), (request, response) => {
    void handler(request, response);
  });
  await listen(server, deps.settings.PORT, hostOf(deps.settings));
  return {
    port: (server.address() as AddressInfo).port,
    work: { close: functions.close },
    close: async () => closeServer(server),
  };
}
