import { readPushers } from "../bus/pubsub-pushers.ts";
import { TOPOLOGY } from "../bus/topology.ts";
import { InvalidInput } from "../errors.ts";
import { googleSignatures } from "../google/auth.ts";
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
import type { Store } from "./store.ts";

export interface FunctionDeps {
  store: Pick<Store, "bus" | "sync">;
  log: Log;
  settings: FunctionSettings;
}

/** The functions of a service. They answer 204 for what is done, 503 for what is to come again, 4xx for what is refused. */
export interface Functions {
  /** The one of a name: it handles the subscriptions that the topology gives it. */
  named(name: string): GuardedFunction;
  /** One that Google pushes to by another way than Pub/Sub: `handle` gives the HTTP status. */
  serving(
    handle: (request: FunctionRequest) => Promise<number>,
    takes: Pick<FunctionDoor, "maxBytes" | "types">,
  ): GuardedFunction;
}

/** They carry more than ids: a request, or what died of any topic. */
const WHOLE_MESSAGES: readonly string[] = ["submit", "bury"];

export function createFunctions(hosted: Hosted, { store, log, settings }: FunctionDeps): Functions & Service {
  const { FANFARE_PROJECT: project, FANFARE_TOPIC_PREFIX: prefix } = settings;
  const requests = createRequests({ project, log });
  const own = hosted.endpoints.map(({ subscription }) => prefix + subscription);
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
    named(name) {
      const endpoints = hosted.endpoints.filter(
        ({ subscription }) => TOPOLOGY.subscriptions[subscription]?.function === name,
      );
      const maxBytes = WHOLE_MESSAGES.includes(name) ? MAX_BODY.message : MAX_BODY.ids;
      const deps = { store, log, prefix };
      return serving((request) => answer(endpoints, deps, request), { maxBytes, types: JSON_TYPES });
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
  const endpoint = endpoints.find((one) => isFor(one, pushed, prefix));
  if (!endpoint) {
    seldomOf(log)("error", "another subscription", "a subscription pushes to a function that is not its own");
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
