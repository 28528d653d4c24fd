import type { GetSubscriptionMetadataResponse, SubscriptionMetadata } from "@google-cloud/pubsub";
import type { SubscriptionSpec } from "./topology.ts";

/** Where a service's messages are pushed to, and as whom. Without an audience Pub/Sub takes the endpoint for it. */
export interface PushTarget {
  endpoint: string;
  serviceAccountEmail?: string;
  audience?: string;
}

export interface Wanted {
  project: string;
  prefix: string;
  spec: SubscriptionSpec;
  /** Undefined leaves it as it is; a new subscription is pulled from. */
  push: PushTarget | "pull" | undefined;
}

/** A subscription as Pub/Sub tells of it. */
export type Existing = GetSubscriptionMetadataResponse[0];

export interface FieldChange {
  field: string;
  from: string;
  to: string;
}

export type SubscriptionPlan =
  | { kind: "keep" }
  | { kind: "create"; metadata: SubscriptionMetadata }
  | { kind: "update"; metadata: SubscriptionMetadata; fields: FieldChange[] }
  | { kind: "remake"; metadata: SubscriptionMetadata; fields: FieldChange[] };

/** Each field that the topology decides, as text that is the same exactly when two values mean the same. */
const TEXTS = {
  ackDeadlineSeconds: (sub) => String(sub.ackDeadlineSeconds),
  // Without a time to live it never expires. Only Pub/Sub itself fills one in, 31 days, where the policy is absent.
  expirationPolicy: ({ expirationPolicy }) =>
    expirationPolicy?.ttl ? `after ${secondsOf(expirationPolicy.ttl)} s` : "never",
  retryPolicy: ({ retryPolicy }) =>
    retryPolicy
      ? `after ${secondsOf(retryPolicy.minimumBackoff)} to ${secondsOf(retryPolicy.maximumBackoff)} s`
      : "at once",
  deadLetterPolicy: ({ deadLetterPolicy }) =>
    deadLetterPolicy
      ? `${deadLetterPolicy.deadLetterTopic} after ${deadLetterPolicy.maxDeliveryAttempts}`
      : "none",
  messageRetentionDuration: (sub) => `${secondsOf(sub.messageRetentionDuration)} s`,
  pushConfig: ({ pushConfig }) => {
    if (!pushConfig?.pushEndpoint) return "pull";
    const { pushEndpoint, oidcToken, noWrapper } = pushConfig;
    const account = oidcToken?.serviceAccountEmail;
    const as = account ? ` as ${account} for ${oidcToken?.audience || pushEndpoint}` : "";
    return `push to ${pushEndpoint}${as}${noWrapper ? ", unwrapped" : ""}`;
  },
} satisfies Partial<Record<keyof Existing, (sub: Existing) => string>>;

const FIELDS = Object.keys(TEXTS) as (keyof typeof TEXTS)[];

/** What a remade subscription takes over: the topology says nothing of it, so somebody else did. */
const TAKEN_OVER = [
  "pushConfig",
  "labels",
  "filter",
  "messageRetentionDuration",
  "retainAckedMessages",
  "enableMessageOrdering",
  "enableExactlyOnceDelivery",
] as const;

/** Decides what makes a subscription that exists, or not, what is wanted; fields that agree are not written. */
export function planSubscription(existing: Existing | undefined, wanted: Wanted): SubscriptionPlan {
  const goal = goalOf(wanted);
  const decided = FIELDS.filter((field) => field in goal);
  if (!existing) return { kind: "create", metadata: pick(goal, decided) };
  const short = (text: string) => text.replaceAll(topicName(wanted, ""), "");
  const topic = topicName(wanted, wanted.prefix + wanted.spec.topic);
  if (existing.topic !== topic || existing.detached) {
    const from = existing.detached ? "detached" : short(existing.topic ?? "none");
    const fields = [{ field: "topic", from, to: short(topic) }];
    return { kind: "remake", metadata: { ...pick(existing, TAKEN_OVER), ...pick(goal, decided) }, fields };
  }
  const different = decided.filter((field) => TEXTS[field](existing) !== TEXTS[field](goal));
  if (different.length === 0) return { kind: "keep" };
  const fields = different.map((field) => ({
    field,
    from: short(TEXTS[field](existing)),
    to: short(TEXTS[field](goal)),
  }));
  return { kind: "update", metadata: pick(goal, different), fields };
}

function goalOf(wanted: Wanted): Existing {
  const { spec, prefix, push } = wanted;
  const { deadLetter, retentionSeconds, retry } = spec;
  return {
    ackDeadlineSeconds: spec.ackDeadlineSeconds,
    expirationPolicy: {},
    retryPolicy: {
      minimumBackoff: { seconds: retry.minimumBackoffSeconds },
      maximumBackoff: { seconds: retry.maximumBackoffSeconds },
    },
    deadLetterPolicy: deadLetter
      ? {
          deadLetterTopic: topicName(wanted, prefix + deadLetter.topic),
          maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
        }
      : null,
    ...(retentionSeconds !== undefined && { messageRetentionDuration: { seconds: retentionSeconds } }),
    ...(push && { pushConfig: push === "pull" ? {} : pushConfigOf(push) }),
  };
}

function pushConfigOf({ endpoint, serviceAccountEmail, audience = endpoint }: PushTarget) {
  if (!serviceAccountEmail) return { pushEndpoint: endpoint };
  return { pushEndpoint: endpoint, oidcToken: { serviceAccountEmail, audience } };
}

function topicName({ project }: Wanted, id: string): string {
  return `projects/${project}/topics/${id}`;
}

function pick(from: Existing, fields: readonly (keyof Existing)[]): SubscriptionMetadata {
  return Object.fromEntries(fields.map((field) => [field, from[field]]));
}

function secondsOf(duration: Existing["messageRetentionDuration"]): number {
  return Number(duration?.seconds ?? 0);
}
