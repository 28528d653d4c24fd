import type { HttpFunction } from "@google-cloud/functions-framework";
import { TOPOLOGY } from "../bus/topology.ts";
import { InvalidInput } from "../errors.ts";
import { createHandler, type Endpoint } from "./event-endpoint.ts";
import { endFunctions } from "./functions-process.ts";
import { createRequests, type FunctionRequest } from "./http-functions.ts";
import { type Log, serviceOf } from "./log.ts";
import { type Pushed, readPush } from "./push.ts";
import type { Hosted, Service } from "./service.ts";
import type { Store } from "./store.ts";
import { watchClock } from "./watch-clock.ts";

export interface FunctionDeps {
  store: Pick<Store, "bus" | "sync" | "close">;
  log: Log;
  project: string;
  /** What stands before every topic and subscription of this installation. */
  prefix: string;
}

/**
 * Hosts a service as functions that Pub/Sub pushes to, until the process is asked to end: then it takes nothing more,
 * lets running handlers finish or hand back, and goes.
 */
export function hostAsFunctions(
  hosted: Hosted,
  deps: FunctionDeps & { store: Pick<Store, "health"> },
): Functions {
  const functions = createFunctions(hosted, deps);
  const clock = watchClock(serviceOf(deps.log), { health: deps.store.health, log: deps.log });
  endFunctions(async () => {
    await functions.close();
    await clock.close();
    await deps.store.close();
  });
  return functions;
}

/** The functions of a service. They answer 204 for what is done, 503 for what is to come again, 4xx for what is none. */
export interface Functions {
  /** The one of a name: it handles the subscriptions that the topology gives it. */
  named(name: string): HttpFunction;
  /** One that is posted to by others than Pub/Sub: `handle` gives the HTTP status. */
  serving(handle: (request: FunctionRequest) => Promise<number>): HttpFunction;
}

export function createFunctions(hosted: Hosted, deps: FunctionDeps): Functions & Service {
  const requests = createRequests(deps.project);

  // Of other methods, probes and curious people, there is nothing to log.
  const serving: Functions["serving"] = (handle) =>
    requests.handle(async (request) => ({ status: request.method === "POST" ? await handle(request) : 405 }));

  return {
    named(name) {
      const endpoints = hosted.endpoints.filter(
        ({ subscription }) => TOPOLOGY.subscriptions[subscription]?.function === name,
      );
      return serving((request) => answer(endpoints, deps, request));
    },
    serving,
    async close() {
      requests.end();
      hosted.drain();
      await requests.settled();
      await hosted.close();
    },
  };
}

/** Handles one push, and gives the HTTP status that tells Pub/Sub what became of it. */
async function answer(
  endpoints: readonly Endpoint[],
  { store, log, prefix }: FunctionDeps,
  { headers, body }: FunctionRequest,
): Promise<number> {
  let pushed: Pushed;
  try {
    pushed = readPush(headers, body, prefix);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    log.warn({ reason: error.message }, "request is no push of Pub/Sub's");
    return 400;
  }
  const endpoint = endpoints.find((one) => isFor(one, pushed, prefix));
  if (!endpoint) {
    log.error(
      { subscription: pushed.subscription, topic: pushed.topic },
      "push from a subscription not ours",
    );
    return 404;
  }
  const verdict = await createHandler(endpoint, { bus: store.bus, sync: store.sync, log })(pushed.delivery);
  return verdict === "ack" ? 204 : 503;
}

/** By subscription; one that an event trigger made has a name of its own, and only the topic tells. */
function isFor({ subscription }: Endpoint, pushed: Pushed, prefix: string): boolean {
  if (pushed.subscription === prefix + subscription) return true;
  return pushed.topic !== undefined && pushed.topic === prefix + TOPOLOGY.subscriptions[subscription]?.topic;
}
