import { createHandler, type Endpoint, type EndpointDeps } from "./event-endpoint.ts";

/** A service at work in this process. */
export interface Service {
  /** Takes nothing new, finishes or hands back what it has, and lets go. */
  close(): Promise<void>;
}

/** A service without a host: messages may come to it from the bus, or by push to functions. */
export interface Hosted {
  endpoints: readonly Endpoint[];
  /** Asks the handlers that run to finish or hand back soon: whoever ends the process gives it 10 seconds. */
  drain(): void;
  /** Lets go, once no handler runs any more. */
  close(): Promise<void>;
}

/** Hosts a service on the bus: takes messages for each of its endpoints, or for those `chosen`. */
export function hostOnBus(
  hosted: Hosted,
  deps: EndpointDeps,
  chosen: (endpoint: Endpoint) => boolean = () => true,
): Service {
  const consumers = hosted.endpoints
    .filter(chosen)
    .map((endpoint) =>
      deps.bus.subscribe(endpoint.subscription, endpoint.concurrency, createHandler(endpoint, deps)),
    );
  return {
    async close() {
      hosted.drain();
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await hosted.close();
    },
  };
}
