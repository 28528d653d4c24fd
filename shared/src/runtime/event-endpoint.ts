import type { Bus, Consumer, Delivery } from "../bus/index.ts";
import { TOPOLOGY } from "../bus/topology.ts";
import { RetryableError, TerminalError } from "../errors.ts";
import type { EventType } from "../events/event.ts";
import type { Log } from "./log.ts";

/** Pub/Sub's own name for the attribute that says whose dead letter a message is; ours carry it too. */
export const SOURCE_SUBSCRIPTION = "CloudPubSubDeadLetterSourceSubscription";
export const REASON = "fanfareReason";

/** Where messages of one subscription are handled. */
export interface Endpoint {
  subscription: string;
  concurrency: number;
  handle(delivery: Delivery): Promise<void>;
}

/** An endpoint that reads one type of event. */
export function onEvent<T>(
  subscription: string,
  concurrency: number,
  event: EventType<T>,
  handle: (value: T, delivery: Delivery) => Promise<void>,
): Endpoint {
  return { subscription, concurrency, handle: (delivery) => handle(event.decode(delivery.data), delivery) };
}

/**
 * Serves an endpoint: the one place that acks, nacks, dead-letters and logs. What a handler returns from is acked,
 * for it has been written down or need not be. A TerminalError goes to the dead-letter topic at once, any other
 * error is nacked.
 */
export function serve(endpoint: Endpoint, { bus, log }: { bus: Bus; log: Log }): Consumer {
  return bus.subscribe(endpoint.subscription, endpoint.concurrency, async (delivery) => {
    try {
      await endpoint.handle(delivery);
      return "ack";
    } catch (error) {
      const { subscription } = endpoint;
      const about = {
        subscription,
        messageId: delivery.messageId,
        attempt: delivery.attempt,
        error: describe(error),
      };
      if (!(error instanceof TerminalError)) {
        // An error that somebody foresaw is no news; any other may be a mistake of ours.
        log[error instanceof RetryableError ? "info" : "warn"](about, "message failed and will come again");
        return "nack";
      }
      log.error(about, "message can never be handled");
      return deadLetter(bus, subscription, delivery, error, log);
    }
  });
}

async function deadLetter(
  bus: Bus,
  subscription: string,
  delivery: Delivery,
  error: TerminalError,
  log: Log,
): Promise<"ack" | "nack"> {
  const topic = TOPOLOGY.subscriptions[subscription]?.deadLetter?.topic;
  // A dead letter that cannot be buried has nowhere else to go: it was logged, and that is its answer.
  if (!topic) return "ack";
  const attributes = {
    ...delivery.attributes,
    [SOURCE_SUBSCRIPTION]: subscription,
    [REASON]: shorten(`${error.code}: ${error.message}`),
  };
  try {
    await bus.publish(topic, [{ data: delivery.data, attributes }]);
    return "ack";
  } catch (failure) {
    log.warn(
      { subscription, messageId: delivery.messageId, error: describe(failure) },
      "dead letter could not be published",
    );
    return "nack";
  }
}

/** Pub/Sub refuses an attribute of more than 1,024 bytes, and with it the message; a list of problems can be longer. */
function shorten(text: string): string {
  return Buffer.from(text).subarray(0, 1_000).toString();
}

/** An error for a log line: what it is, where it arose, what caused it. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    ...(error instanceof TerminalError ? { code: error.code } : { stack }),
    ...(cause !== undefined && { cause: describe(cause) }),
  };
}
