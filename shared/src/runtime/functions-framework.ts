import type { HttpFunction, Request } from "@google-cloud/functions-framework";
import { TOPOLOGY } from "../bus/topology.ts";
import { InvalidInput } from "../errors.ts";
import { createHandler, type Endpoint } from "./event-endpoint.ts";
import { type Log, withLogContext } from "./log.ts";
import { onEnd } from "./process.ts";
import { type Pushed, readPush, traceOf } from "./push.ts";
import type { Hosted } from "./service.ts";
import type { Store } from "./store.ts";

export interface FunctionDeps {
  store: Pick<Store, "bus" | "close">;
  log: Log;
  project: string;
  /** What stands before every topic and subscription of this installation. */
  prefix: string;
}

/**
 * Hosts a service as functions that Pub/Sub pushes to, until the process is asked to end: then it takes nothing more,
 * lets running handlers finish or hand back, and goes.
 */
export function hostAsFunctions(hosted: Hosted, deps: FunctionDeps): (name: string) => HttpFunction {
  const functions = createFunctions(hosted, deps);
  onEnd(async () => {
    await functions.close();
    await deps.store.close();
    process.nextTick(process.exit, 0);
  });
  replaceExit();
  return functions.named;
}

/**
 * The functions of a service: the one of a name handles the subscriptions that the topology gives it. Answers 204 for
 * what is done, 503 for what is to come again, 4xx for what Pub/Sub never sends.
 */
export function createFunctions(hosted: Hosted, deps: FunctionDeps) {
  const running = new Set<Promise<unknown>>();
  let ending = false;

  async function respond(endpoints: readonly Endpoint[], request: Request): Promise<number> {
    if (ending) return 503;
    // Probes and curious people: nothing to log.
    if (request.method !== "POST") return 405;
    const trace = traceOf(request.headers, deps.project);
    const fields: Record<string, string> = trace ? { "logging.googleapis.com/trace": trace } : {};
    const work = withLogContext(fields, () => answer(endpoints, deps, request));
    running.add(work);
    return work.finally(() => running.delete(work));
  }

  return {
    named(name: string): HttpFunction {
      const endpoints = hosted.endpoints.filter(
        ({ subscription }) => TOPOLOGY.subscriptions[subscription]?.function === name,
      );
      return async (request, response) => {
        response.status(await respond(endpoints, request)).end();
      };
    },
    async close(): Promise<void> {
      ending = true;
      hosted.drain();
      while (running.size > 0) await Promise.allSettled(running);
      await hosted.close();
    },
  };
}

/** Handles one push, and gives the HTTP status that tells Pub/Sub what became of it. */
async function answer(
  endpoints: readonly Endpoint[],
  { store, log, prefix }: FunctionDeps,
  { headers, body }: Request,
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
  const verdict = await createHandler(endpoint, { bus: store.bus, log })(pushed.delivery);
  return verdict === "ack" ? 204 : 503;
}

/** By subscription; one that an event trigger made has a name of its own, and only the topic tells. */
function isFor({ subscription }: Endpoint, pushed: Pushed, prefix: string): boolean {
  if (pushed.subscription === prefix + subscription) return true;
  return pushed.topic !== undefined && pushed.topic === prefix + TOPOLOGY.subscriptions[subscription]?.topic;
}

/**
 * The framework ends the process at once when it is asked to, and its server keeps it alive when it is not. Its own
 * listeners, which it adds after our code was loaded, are taken away: work in hand would look like a crash's.
 */
function replaceExit(): void {
  const ours = new Set(process.listeners("SIGTERM").concat(process.listeners("SIGINT")));
  process.on("newListener", (event, listener) => {
    if ((event === "SIGTERM" || event === "SIGINT") && !ours.has(listener))
      setImmediate(() => process.removeListener(event, listener));
  });
}
