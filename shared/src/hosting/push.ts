import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { namedSource } from "../bus/dead-letters.ts";
import { decodeData } from "../bus/decode-data.ts";
import type { Delivery } from "../bus/index.ts";
import { parseInput } from "../events/event.ts";

/** One message as it was pushed, and what is known of where it came from. */
export interface Pushed {
  delivery: Delivery;
  /** The last part of the subscription's name, with its prefix. */
  subscription: string;
  /** The last part of the topic's name, with its prefix, where the sender tells it. */
  topic?: string | undefined;
}

/** Pub/Sub adds fields of its own as it pleases; these are the ones that matter. */
const envelope = z.object({
  subscription: z.string(),
  deliveryAttempt: z.number().int().optional(),
  message: z.object({
    messageId: z.string(),
    data: z.base64().default(""),
    attributes: z.record(z.string(), z.string()).nullish(),
  }),
});

/** A CloudEvent in structured form: the envelope lies in `data`. In binary form the body is the envelope itself. */
const structured = z.object({ specversion: z.string(), source: z.string(), data: z.unknown() });

/**
 * Reads what Pub/Sub pushes: the wrapped envelope, as it is or as a CloudEvent of either form (type
 * `google.cloud.pubsub.topic.v1.messagePublished`, whose data is that envelope).
 * @param prefix what stands before the names of this installation; handlers know names without it
 * @throws InvalidInput that names each field at fault
 */
export function readPush(headers: IncomingHttpHeaders, body: unknown, prefix = ""): Pushed {
  const event = structured.safeParse(body);
  const { subscription, deliveryAttempt, message } = parseInput(
    envelope,
    event.success ? event.data.data : body,
  );
  const source = event.success ? event.data.source : headers["ce-source"];
  return {
    delivery: {
      messageId: message.messageId,
      ...decodeData(Buffer.from(message.data, "base64")),
      attributes: namedSource(message.attributes ?? {}, prefix),
      attempt: deliveryAttempt ?? 1,
    },
    subscription: lastOf(subscription),
    topic: typeof source === "string" && source.includes("/topics/") ? lastOf(source) : undefined,
  };
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * The trace that a request belongs to, in the form by which Cloud Logging joins lines:
 * `projects/P/traces/T`. From W3C's `traceparent`, else Google's older header.
 */
export function traceOf(headers: IncomingHttpHeaders, project: string): string | undefined {
  const w3c = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(String(headers.traceparent ?? ""))?.[1];
  const trace = w3c ?? /^([0-9a-f]{32})/.exec(String(headers["x-cloud-trace-context"] ?? ""))?.[1];
  return trace === undefined ? undefined : `projects/${project}/traces/${trace}`;
}
