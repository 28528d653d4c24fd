/**
 * The bus: topics, and subscriptions to them, as `deploy/topology.json` declares. It behaves as Pub/Sub does:
 * every message reaches every subscription of its topic at least once, in any order, late or doubled.
 */
export interface Bus {
  /**
   * Publishes all the messages or throws; after an error any of them may have been published. Atomic a message, not
   * a call. A second call publishes again.
   * @throws TerminalError MESSAGE_TOO_LARGE for a message over 10 MB, before anything is published;
   *   TOPIC_MISSING for a topic that does not exist; RetryableError for everything that may pass.
   */
  publish(topic: string, messages: readonly Outgoing[]): Promise<void>;

  /**
   * Hands each message of the subscription to `handle`, at most `concurrency` at once in this process. While a
   * handler runs its message's ack deadline is extended. `nack`, an exception, a lost process or a passed deadline
   * bring the message back after the subscription's back-off; after its `maxDeliveryAttempts` it goes to the
   * dead-letter topic, as a message of its own with attributes that say where it came from.
   * @throws TerminalError SUBSCRIPTION_MISSING at once; BUS_CLOSED as soon as the bus has begun to close.
   */
  subscribe(subscription: string, concurrency: number, handle: Handler): Consumer;

  /**
   * Ends every consumer as `Consumer.close` does, then lets go of what the driver holds. Handlers that still run may
   * publish; after that publishing throws TerminalError BUS_CLOSED. A second call waits for the same end.
   */
  close(): Promise<void>;
}

export interface Outgoing {
  /** JSON text. */
  data: string;
  attributes?: Record<string, string>;
}

export interface Delivery {
  /** The same at every delivery of one message. */
  messageId: string;
  data: string;
  /** Its bytes were not UTF-8, and `data` has U+FFFD in their place. */
  isGarbled?: true;
  attributes: Record<string, string>;
  /** 1 at the first delivery, where the bus can tell (Pub/Sub can only with a dead-letter policy). */
  attempt: number;
}

export type Handler = (delivery: Delivery) => Promise<"ack" | "nack">;

export interface Consumer {
  /** Takes no more messages, waits for the handlers that run, and gives back what was taken but not handled. */
  close(): Promise<void>;
}

/** Pub/Sub's limit for a message. Source: its quotas. */
export const MAX_MESSAGE_BYTES = 10_000_000;
