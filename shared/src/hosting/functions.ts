import { readPushers } from "../bus/pubsub-pushers.ts";
import { TOPOLOGY } from "../bus/topology.ts";
import { InvalidInput } from "../errors.ts";
import { googleSignatures } from "../google/auth.ts";
import type { Store } from "../store.ts";
import { type FunctionDoor, JSON_TYPES, MAX_BODY } from "./door.ts";
import { createHandler, type Endpoint } from "./event-endpoint.ts";
import { createRequests, type FunctionRequest, type GuardedFunction } from "./http-functions.ts";
import type { Log } from "./log.ts";
import { type Pushed, readPush } from "./push.ts";
import { createPushAuth } from "./push-auth.ts";
import { pushDoor } from "./push-door.ts";
import type { FunctionSettings } from "./push-settings.ts";
import { seldomOf } from "./seldom.ts";
import type { Hosted, Service } from "./service.ts";

export interface FunctionDeps {
  store: Pick<Store, "bus" | "sync">;
  log: Log;
  settings: FunctionSettings;
}

/** What Google calls of services. Answers 204 for what is done, 503 for what is to come again, 4xx for what is refused. */
export interface Functions {
  /** Takes what Pub/Sub pushes of every subscription of these services. */
  push: GuardedFunction;
  /** One that Google calls by another way than Pub/Sub: `handle` gives the HTTP status. */
  serving(
    handle: (request: FunctionRequest) => Promise<number>,
    takes: Pick<FunctionDoor, "maxBytes" | "types">,
  ): GuardedFunction;
}

/** The functions of the services that one process hosts: mostly of one. */
export function createFunctions(
  services: readonly Hosted[],
  { store, log, settings }: FunctionDeps,
): Functions & Service {
  const { FANFARE_PROJECT: project, FANFARE_TOPIC_PREFIX: prefix } = settings;
  const requests = createRequests({ project, log });
  const endpoints = services.flatMap((service) => service.endpoints);
  const own = endpoints.map(({ subscription }) => prefix + subscription);
  const auth = createPushAuth({
    settings,
    verifySignature: googleSignatures(),
    readPushers: () => readPushers(project, own),
  });

  const serving: Functions["serving"] = (handle, takes) =>
    requests.handle(pushDoor(auth, takes), async (request) => ({
      // Of other methods, probes and curious people, there is nothing to log.
      status: request.method === "POST" ? await handle(request) : 405,
    }));

  return {
    push: serving(answer.bind(null, endpoints, { store, log, prefix }), {
      maxBytes: MAX_BODY.message,
      types: JSON_TYPES,
    }),
    serving,
    async close() {
      requests.end();
      for (const service of services) service.drain();
      await requests.settled();
      await Promise.all(services.map((service) => service.close()));
    },
  };
}

/** Handles one push, and gives the HTTP status that tells Pub/Sub what became of it. */
async function answer(
  endpoints: readonly Endpoint[],
  { store, log, prefix }: Pick<FunctionDeps, "store" | "log"> & { prefix: string },
  { headers, body }: FunctionRequest,
): Promise<number> {
  let pushed: Pushed;
  try {
    pushed = readPush(headers, body, prefix);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    seldomOf(log)("warn", "not a push", "a request was not what Pub/Sub pushes");
    return 400;
  }
  const endpoint = endpointFor(endpoints, pushed, prefix);
  if (!endpoint) {
    seldomOf(log)("error", "another subscription", "a subscription pushes to a service that is not its own");
    return 404;
  }
  const verdict = await createHandler(endpoint, { bus: store.bus, sync: store.sync, log })(pushed.delivery);
  return verdict === "ack" ? 204 : 503;
}

/**
 * By subscription. One that an event trigger made has a name of its own, and only then does the topic tell: no two
 * subscriptions of Fanfare's read the same topic.
 */
function endpointFor(
  endpoints: readonly Endpoint[],
  { subscription, topic }: Pushed,
  prefix: string,
): Endpoint | undefined {
  const topicOf = ({ subscription: own }: Endpoint) => TOPOLOGY.subscriptions[own]?.topic;
  return (
    endpoints.find((one) => prefix + one.subscription === subscription) ??
    endpoints.find((one) => topic !== undefined && prefix + topicOf(one) === topic)
  );
}
