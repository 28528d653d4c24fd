import { SOURCE_SUBSCRIPTION } from "../bus/dead-letters.ts";
import type { Bus, Delivery, Handler } from "../bus/index.ts";
import { TOPOLOGY } from "../bus/topology.ts";
import { RetryableError, TerminalError } from "../errors.ts";
import type { EventType } from "../events/event.ts";
import type { StoreClock } from "../google/store-clock.ts";
import { describeFailure } from "./describe-failure.ts";
import { type Log, withLogContext } from "./log.ts";

export const REASON = "fanfareReason";

/** Where messages of one subscription are handled. */
export interface Endpoint {
  subscription: string;
  /** How many of its messages one process handles at once, where the process is the one to say. */
  concurrency: number;
  handle(delivery: Delivery): Promise<void>;
}

export interface EndpointDeps extends Pick<StoreClock, "sync"> {
  bus: Bus;
  log: Log;
}

/** An endpoint that reads one type of event. */
export function onEvent<T>(
  subscription: string,
  concurrency: number,
  event: EventType<T>,
  handle: (value: T, delivery: Delivery) => Promise<void>,
): Endpoint {
  return {
    subscription,
    concurrency,
    handle: (delivery) => handle(event.decode(textOf(delivery)), delivery),
  };
}

/** @throws TerminalError NOT_UTF8 where its bytes are not UTF-8: what was put in their place is not what was sent. */
export function textOf({ data, isGarbled }: Delivery): string {
  if (isGarbled) throw new TerminalError("NOT_UTF8", "the message's bytes are not UTF-8");
  return data;
}

/**
 * What becomes of each message of an endpoint: the one place that acks, nacks, dead-letters and logs. What a handler
 * returns from is acked, for it has been written down or need not be. A TerminalError goes to the dead-letter topic
 * at once, any other error is nacked.
 */
export function createHandler(endpoint: Endpoint, deps: EndpointDeps): Handler {
  return (delivery) => withLogContext(contextOf(endpoint, delivery), () => attend(endpoint, deps, delivery));
}

async function attend(
  endpoint: Endpoint,
  { bus, log, sync }: EndpointDeps,
  delivery: Delivery,
): Promise<"ack" | "nack"> {
  try {
    await sync();
    await endpoint.handle(delivery);
    return "ack";
  } catch (error) {
    const about = { attempt: delivery.attempt, error: describeFailure(error) };
    if (!(error instanceof TerminalError)) {
      // An error that somebody foresaw is no news; any other may be a mistake of ours.
      log[error instanceof RetryableError ? "info" : "warn"](about, "message failed and will come again");
      return "nack";
    }
    const topic = TOPOLOGY.subscriptions[endpoint.subscription]?.deadLetter?.topic;
    if (topic) {
      log.error(about, "message can never be handled");
      return deadLetter({ bus, log }, topic, endpoint.subscription, delivery, error);
    }
    // A dead letter that cannot be buried has nowhere else to go. Whoever made it one has told why, if it was us.
    if (delivery.attributes[REASON] === undefined) log.error(about, "dead letter can never be handled");
    return "ack";
  }
}

async function deadLetter(
  { bus, log }: Pick<EndpointDeps, "bus" | "log">,
  topic: string,
  subscription: string,
  delivery: Delivery,
  error: TerminalError,
): Promise<"ack" | "nack"> {
  const attributes = {
    ...delivery.attributes,
    [SOURCE_SUBSCRIPTION]: subscription,
    [REASON]: shorten(`${error.code}: ${error.message}`),
  };
  try {
    await bus.publish(topic, [{ data: delivery.data, attributes }]);
    return "ack";
  } catch (failure) {
    log.warn({ error: describeFailure(failure) }, "dead letter could not be published");
    return "nack";
  }
}

/** What every line about this message is found by. Any id of ours begins with its broadcast's. */
function contextOf({ subscription }: Endpoint, { messageId, data }: Delivery): Record<string, string> {
  const broadcastId = /"(?:broadcast|range|chunk)Id":"(b[0-9a-f]{24})\b/.exec(data)?.[1];
  return {
    subscription,
    ...(MESSAGE_ID.test(messageId) && { messageId }),
    ...(broadcastId !== undefined && { broadcastId }),
  };
}

/** Numbers on Pub/Sub, UUIDs on SQLite. Another text is not an id of theirs, and may be anything. */
const MESSAGE_ID = /^(\d{1,30}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Pub/Sub refuses an attribute of more than 1,024 bytes, and with it the message; a list of problems can be longer. */
function shorten(text: string): string {
  return Buffer.from(text).subarray(0, 1_000).toString();
}
