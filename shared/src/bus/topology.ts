import { z } from "zod";
import declared from "../../../deploy/topology.json" with { type: "json" };
import { ConfigError } from "../errors.ts";

const seconds = (min: number, max: number) => z.number().int().min(min).max(max);

const subscription = z.strictObject({
  topic: z.string(),
  ackDeadlineSeconds: seconds(10, 600),
  /** How long an undelivered message is kept; Pub/Sub's own default is 7 days, its greatest 31. */
  retentionSeconds: seconds(600, 2_678_400).optional(),
  retry: z.strictObject({ minimumBackoffSeconds: seconds(0, 600), maximumBackoffSeconds: seconds(0, 600) }),
  deadLetter: z
    .strictObject({ topic: z.string(), maxDeliveryAttempts: z.number().int().min(5).max(100) })
    .optional(),
});

/** A subscription is handled by the service that its name begins with: `scheduler.tick` by the scheduler. */
const topology = z.strictObject({
  topics: z.array(z.string()),
  subscriptions: z.record(z.string(), subscription),
});

export type Topology = z.infer<typeof topology>;
export type SubscriptionSpec = z.infer<typeof subscription>;

/**
 * Checks a declaration of topics and subscriptions. Bounds are Pub/Sub's own.
 * @throws ConfigError that names what is wrong: a bound, an unknown field, or a topic that is not declared.
 */
export function parseTopology(value: unknown): Topology {
  const parsed = topology.safeParse(value);
  if (!parsed.success) throw new ConfigError(`topology: ${z.prettifyError(parsed.error)}`);
  const topics = new Set(parsed.data.topics);
  for (const [name, spec] of Object.entries(parsed.data.subscriptions)) {
    for (const topic of [spec.topic, spec.deadLetter?.topic]) {
      if (topic !== undefined && !topics.has(topic))
        throw new ConfigError(`topology: ${name} names the topic ${topic}, which is not declared`);
    }
  }
  return parsed.data;
}

/** What `deploy/topology.json` declares: the one place for topics, subscriptions and their policies. */
export const TOPOLOGY: Topology = parseTopology(declared);

/** The services that messages come to. */
export function servicesOf({ subscriptions }: Topology = TOPOLOGY): string[] {
  return [...new Set(Object.keys(subscriptions).map(serviceOf))];
}

export function serviceOf(subscription: string): string {
  return subscription.slice(0, subscription.indexOf("."));
}
