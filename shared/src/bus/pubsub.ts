import type { PublishOptions, PubSub, Topic } from "@google-cloud/pubsub";
import type { Bus, Consumer, Outgoing } from "./index.ts";
import { findCredentials, openPubSub, publishError } from "./pubsub-client.ts";
import { createConsumer } from "./pubsub-consumer.ts";
import { closedError, missing, refuseTooLarge } from "./refusals.ts";
import { TOPOLOGY, type Topology } from "./topology.ts";

export interface PubSubBusOptions {
  project: string;
  /** Goes before the id of every topic and subscription. */
  prefix?: string;
  topology?: Topology;
  /**
   * How long one publish may take with all its retries, in milliseconds; 60,000 unless told. Less would fail what a
   * short outage delays; more would help nobody: what could not be published stays owed, and the tick pays it.
   */
  publishTimeoutMs?: number;
  /** Told what a handler threw, and once when a subscription cannot be read; consumers go on. Default: a warning. */
  onError?: (error: unknown, subscription: string) => void;
}

/**
 * The bus on Pub/Sub, or on its emulator where PUBSUB_EMULATOR_HOST names one. It makes no topic and no subscription:
 * `applyTopology` does. A Pub/Sub that cannot be reached is no error at the start: consumers wait for it.
 */
export function createPubSubBus(options: PubSubBusOptions): Bus {
  const { project, prefix = "", topology = TOPOLOGY, publishTimeoutMs = 60_000, onError = warn } = options;
  const client = openPubSub(project);
  const consumers = new Set<Consumer>();
  const publishing = new Set<Promise<unknown>>();
  const requests = requestOptions(publishTimeoutMs);
  // While it closes, running handlers may still publish, and nobody may subscribe.
  let state: "open" | "closing" | "closed" = "open";
  let ended: Promise<void> | undefined;

  async function end(): Promise<void> {
    state = "closing";
    await Promise.all([...consumers].map((consumer) => consumer.close()));
    state = "closed";
    await Promise.all(publishing);
    await client.close();
  }

  return {
    async publish(topic, messages) {
      if (state === "closed") throw closedError();
      if (!topology.topics.includes(topic)) throw missing("topic", topic);
      for (const message of messages) refuseTooLarge(message);
      const work = publishAll(client, client.topic(prefix + topic, requests), messages);
      publishing.add(work);
      const failed = await work;
      publishing.delete(work);
      if (failed) throw publishError(topic, failed.reason);
    },

    subscribe(subscription, concurrency, handle) {
      if (state !== "open") throw closedError();
      if (!topology.subscriptions[subscription]) throw missing("subscription", subscription);
      const consumer = createConsumer({ client, prefix, subscription, onError }, concurrency, handle);
      consumers.add(consumer);
      return consumer;
    },

    close() {
      ended ??= end();
      return ended;
    },
  };
}

/**
 * Waits for every message, so that none is on its way any more when the first failure is told. The topic is the
 * call's own: it gathers messages into requests, and one that Pub/Sub refuses fails all others of its request.
 */
async function publishAll(
  client: PubSub,
  topic: Topic,
  messages: readonly Outgoing[],
): Promise<Failure | undefined> {
  try {
    await findCredentials(client);
  } catch (reason) {
    return { reason };
  }
  const sent = messages.map(({ data, attributes = {} }) =>
    topic.publishMessage({ data: Buffer.from(data), attributes }),
  );
  const results = await Promise.allSettled(sent);
  return results.find((result) => result.status === "rejected");
}

interface Failure {
  reason: unknown;
}

/** Requests as large as Pub/Sub takes them, and no wait for company: a call brings all its messages at once. */
function requestOptions(timeoutMs: number): PublishOptions {
  const attemptMs = Math.min(timeoutMs, 20_000);
  const backoffSettings = {
    initialRetryDelayMillis: 100,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 5_000,
    // A connection that went dead without a word is given up long before the whole publish.
    initialRpcTimeoutMillis: attemptMs,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: attemptMs,
    totalTimeoutMillis: timeoutMs,
  };
  return {
    batching: { maxMessages: 1_000, maxBytes: 9_000_000, maxMilliseconds: 0 },
    gaxOpts: { isBundling: false, retry: { backoffSettings } },
  };
}

const warn = (error: unknown) => process.emitWarning(error instanceof Error ? error : String(error));
