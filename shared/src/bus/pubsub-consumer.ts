import { setTimeout as sleep } from "node:timers/promises";
import {
  Duration,
  type Message,
  type PubSub,
  StatusError,
  type Subscription,
  SubscriptionCloseBehaviors,
  type SubscriptionOptions,
} from "@google-cloud/pubsub";
import { RetryableError } from "../errors.ts";
import { namedSource } from "./dead-letters.ts";
import { decodeData } from "./decode-data.ts";
import type { Consumer, Delivery, Handler } from "./index.ts";
import { findCredentials, MAX_RECONNECT_MS, mayPass, messageOf } from "./pubsub-client.ts";
import { createOutage } from "./pubsub-outage.ts";

export interface PubsubConsumerSettings {
  client: PubSub;
  /** Goes before the subscription's name to make its id in Pub/Sub. */
  prefix: string;
  subscription: string;
  onError: (error: unknown, subscription: string) => void;
}

/**
 * The client lengthens its holds with the time that handlers take, and a killed process would keep its messages for
 * as long. With less than some 10 s a busy process would lose them between two extensions.
 */
const MAX_HOLD = Duration.from({ seconds: 60 });

/**
 * How long a new stream waits for its connection, in milliseconds. The client's own five minutes run on after it is
 * closed, and keep the process from ending.
 */
const CONNECT_MS = 10_000;

/** How long verdicts are gathered, in milliseconds; each waits, and its place on the stream with it. */
const ACK_BATCH_MS = 10;

/** How long a closing consumer tries to send its last verdicts, in milliseconds: SIGTERM leaves about as much. */
const LAST_ACKS_MS = 8_000;

/**
 * Pulls for one handler. A stream that ends for good, as when its subscription is deleted, is opened again until the
 * consumer is closed. What arrives beyond `concurrency` waits here and not in the client, which forgets in closing
 * what it has not handed out, and then waits an hour for it.
 */
export function createConsumer(
  settings: PubsubConsumerSettings,
  concurrency: number,
  handle: Handler,
): Consumer {
  const { client, prefix, subscription } = settings;
  const outage = createOutage();
  const waiting: Message[] = [];
  const running = new Set<Promise<void>>();
  const draining = new Set<Promise<void>>();
  let reopening: NodeJS.Timeout | undefined;
  let stream: Subscription | undefined;
  let closing = false;
  let ended: Promise<void> | undefined;
  void open();

  async function open(): Promise<void> {
    try {
      await findCredentials(client);
    } catch (error) {
      tryLater(error);
      return;
    }
    if (closing) return;
    const opened = client.subscription(prefix + subscription, streamOptions(concurrency));
    stream = opened;
    opened.on("error", (error) => lose(opened, error));
    opened.on("debug", ({ error }) => {
      if (error instanceof StatusError) fail(error);
    });
    opened.on("message", take);
  }

  /** One stream may emit several errors, and is replaced once. */
  function lose(lost: Subscription, error: Error): void {
    if (lost !== stream) return;
    drain(lost);
    stream = undefined;
    tryLater(error);
  }

  function tryLater(cause: unknown): void {
    const waitMs = fail(cause);
    if (!closing) reopening = setTimeout(() => void open(), waitMs);
  }

  /** Reports an outage once, and says how long to wait. */
  function fail(cause: unknown): number {
    const { report, waitMs } = outage.failed(performance.now(), mayPass(cause));
    const text = `${subscription} cannot be read, and is tried again: ${messageOf(cause)}`;
    if (report && !closing)
      settings.onError(new RetryableError("STREAM_LOST", text, { cause }), subscription);
    return waitMs;
  }

  /** Ends a stream. Its messages are held until their verdicts are sent. */
  function drain(old: Subscription): void {
    const drained = old.close().finally(() => draining.delete(drained));
    draining.add(drained);
  }

  function take(message: Message): void {
    outage.over();
    if (closing) message.nack();
    else waiting.push(message);
    startNext();
  }

  function startNext(): void {
    if (running.size >= concurrency) return;
    const message = waiting.shift();
    if (!message) return;
    const run = judge(message).then((verdict) => {
      message[verdict]();
      running.delete(run);
      startNext();
    });
    running.add(run);
  }

  async function judge(message: Message): Promise<"ack" | "nack"> {
    try {
      return await handle(toDelivery(message, prefix));
    } catch (error) {
      settings.onError(error, subscription);
      return "nack";
    }
  }

  async function end(): Promise<void> {
    closing = true;
    clearTimeout(reopening);
    for (const message of waiting.splice(0)) message.nack();
    if (stream) drain(stream);
    await Promise.all(running);
    await Promise.race([Promise.all(draining), sleep(LAST_ACKS_MS, undefined, { ref: false })]);
  }

  return {
    close() {
      ended ??= end();
      return ended;
    },
  };
}

function toDelivery({ id, data, attributes, deliveryAttempt }: Message, prefix: string): Delivery {
  return {
    messageId: id,
    ...decodeData(data),
    attributes: namedSource(attributes, prefix),
    attempt: deliveryAttempt || 1,
  };
}

function streamOptions(concurrency: number): SubscriptionOptions {
  return {
    flowControl: { maxMessages: concurrency, allowExcessMessages: true },
    streamingOptions: {
      timeout: CONNECT_MS,
      maxStreams: 1,
      retryMaxBackoff: Duration.from({ milliseconds: MAX_RECONNECT_MS }),
    },
    maxAckDeadline: MAX_HOLD,
    batching: { maxMilliseconds: ACK_BATCH_MS },
    closeOptions: { behavior: SubscriptionCloseBehaviors.WaitForProcessing },
  };
}
