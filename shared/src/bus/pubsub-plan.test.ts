import { expect, test } from "vitest";
import { grantCommands } from "./pubsub-grants.ts";
import { type Existing, planSubscription, type Wanted } from "./pubsub-plan.ts";
import { TOPOLOGY } from "./topology.ts";

const topicOf = (id: string) => `projects/our-project/topics/${id}`;
const seconds = (count: number) => ({ seconds: String(count), nanos: 0 });

function want(change: Partial<Wanted> = {}): Wanted {
  const retry = { minimumBackoffSeconds: 10, maximumBackoffSeconds: 600 };
  const deadLetter = { topic: "sender-dead", maxDeliveryAttempts: 20 };
  const spec = { topic: "token-chunks", ackDeadlineSeconds: 600, retry, deadLetter };
  return { project: "our-project", prefix: "", push: undefined, spec, ...change };
}

/** As Pub/Sub tells of a subscription that is as wanted. */
function exists(change: Existing = {}): Existing {
  return {
    topic: topicOf("token-chunks"),
    ackDeadlineSeconds: 600,
    expirationPolicy: { ttl: null },
    retryPolicy: { minimumBackoff: seconds(10), maximumBackoff: seconds(600) },
    deadLetterPolicy: { deadLetterTopic: topicOf("sender-dead"), maxDeliveryAttempts: 20 },
    messageRetentionDuration: seconds(604_800),
    pushConfig: { pushEndpoint: "", attributes: {} },
    ...change,
  };
}

const PUSHED = { pushEndpoint: "https://a.run.app", attributes: { "x-goog-version": "v1" } };

test.each<[string, Existing, Partial<Wanted>]>([
  ["all of it", {}, {}],
  ["what the topology does not decide", { labels: { team: "a" }, filter: "b", pushConfig: PUSHED }, {}],
  ["a push to the same place", { pushConfig: PUSHED }, { push: { endpoint: "https://a.run.app" } }],
  ["pulling", {}, { push: "pull" }],
])("what agrees is kept: %s", (_, existing, wanted) => {
  expect(planSubscription(exists(existing), want(wanted))).toEqual({ kind: "keep" });
});

test.each<[string, Existing, string, string]>([
  ["ackDeadlineSeconds", { ackDeadlineSeconds: 10 }, "10", "600"],
  ["expirationPolicy", { expirationPolicy: { ttl: seconds(2_678_400) } }, "after 2678400 s", "never"],
  ["retryPolicy", { retryPolicy: null }, "at once", "after 10 to 600 s"],
  ["deadLetterPolicy", { deadLetterPolicy: null }, "none", "sender-dead after 20"],
])("%s is repaired alone", (field, existing, from, to) => {
  const plan = planSubscription(exists(existing), want());
  expect(plan).toMatchObject({ kind: "update", fields: [{ field, from, to }] });
  expect(Object.keys("metadata" in plan ? plan.metadata : {})).toEqual([field]);
});

test("never to expire is told by a policy without a time", () => {
  const expiring = exists({ expirationPolicy: { ttl: seconds(86_400) } });
  expect(planSubscription(expiring, want())).toMatchObject({ metadata: { expirationPolicy: {} } });
  expect(planSubscription(undefined, want())).toMatchObject({ metadata: { expirationPolicy: {} } });
});

test("a dead-letter policy that is not declared is taken away", () => {
  const { deadLetter: _, ...spec } = want().spec;
  const fields = [{ field: "deadLetterPolicy", from: "sender-dead after 20", to: "none" }];
  expect(planSubscription(exists(), want({ spec }))).toMatchObject({ kind: "update", fields });
});

test.each<[string, Existing, Partial<Wanted>, string]>([
  [
    "another endpoint",
    { pushConfig: PUSHED },
    { push: { endpoint: "https://b.run.app" } },
    "push to https://b.run.app",
  ],
  ["pulling", { pushConfig: PUSHED }, { push: "pull" }, "pull"],
  [
    "an account",
    { pushConfig: PUSHED },
    { push: { endpoint: "https://a.run.app", serviceAccountEmail: "a@b" } },
    "push to https://a.run.app as a@b for https://a.run.app",
  ],
  [
    "the wrapped form",
    { pushConfig: { ...PUSHED, noWrapper: {} } },
    { push: { endpoint: "https://a.run.app" } },
    "push to https://a.run.app",
  ],
])("a push configuration is changed to %s", (_, existing, wanted, to) => {
  const plan = planSubscription(exists(existing), want(wanted));
  expect(plan).toMatchObject({ kind: "update", fields: [{ field: "pushConfig", to }] });
});

test.each<[string, Existing, string]>([
  ["another topic", { topic: topicOf("token-chunks-urgent") }, "token-chunks-urgent"],
  ["a deleted topic", { topic: "_deleted-topic_" }, "_deleted-topic_"],
  ["a topic it was detached from", { detached: true }, "detached"],
])("a subscription to %s is made again, and keeps what others gave it", (_, existing, from) => {
  const labels = { team: "a" };
  const plan = planSubscription(exists({ ...existing, labels, pushConfig: PUSHED }), want());
  const fields = [{ field: "topic", from, to: "token-chunks" }];
  const metadata = { labels, pushConfig: PUSHED, ackDeadlineSeconds: 600 };
  expect(plan).toMatchObject({ kind: "remake", fields, metadata });
});

test("every dead-letter topic and every subscription that has one is granted", () => {
  const [agent, topics, subscriptions] = grantCommands({ project: "our-project", prefix: "x-" });
  expect(agent).toContain("projects describe our-project");
  expect(topics).toContain("for id in x-scheduler-dead x-resolver-dead x-sender-dead; do");
  expect(topics).toContain("roles/pubsub.publisher");
  for (const [name, { deadLetter }] of Object.entries(TOPOLOGY.subscriptions))
    expect(subscriptions?.includes(` x-${name}`)).toBe(deadLetter !== undefined);
  expect(subscriptions).toContain("roles/pubsub.subscriber");
});
