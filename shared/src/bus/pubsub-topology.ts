import type { PubSub, SubscriptionMetadata } from "@google-cloud/pubsub";
import { STATUS, statusOf } from "../google/grpc.ts";
import { findCredentials, openPubSub, setupError } from "./pubsub-client.ts";
import {
  type FieldChange,
  type PushTarget,
  planSubscription,
  type SubscriptionPlan,
  type Wanted,
} from "./pubsub-plan.ts";
import { serviceOf, TOPOLOGY, type Topology } from "./topology.ts";

export type { FieldChange, PushTarget };

export interface TopologyOptions {
  project: string;
  topology?: Topology;
  /** Goes before the id of every topic and subscription. */
  prefix?: string;
  /** By service: all its subscriptions are pushed there. */
  push?: Readonly<Record<string, PushTarget>>;
  /** Services whose subscriptions are pulled from. One that is in neither keeps what it has. */
  pull?: readonly string[];
  /** Only says what would be changed. */
  dryRun?: boolean;
  /** Told of each change as it has been made. */
  onChange?: (change: Change) => void;
}

/** `remade`: deleted and created, as a subscription's topic cannot be changed. What it had not delivered is lost. */
export interface Change {
  action: "created" | "updated" | "remade";
  kind: "topic" | "subscription";
  name: string;
  fields: FieldChange[];
}

/** A call that Pub/Sub does not answer is given up after so long, in milliseconds. */
const CALL = { timeout: 20_000 };

/** How often a topic or subscription is looked at again, when another run changed it in between. */
const TRIES = 5;

/**
 * Makes topics and subscriptions what the topology declares, and says what it changed. A second run changes nothing,
 * and two at once end in the same state. What the topology does not declare is left alone.
 * @throws TerminalError or RetryableError in words for who runs it, after the changes that had been made by then.
 */
export async function applyTopology(options: TopologyOptions): Promise<Change[]> {
  const { project, prefix = "", topology = TOPOLOGY, push = {}, pull = [], dryRun = false } = options;
  const client = openPubSub(project);
  const changes: Change[] = [];
  const note = (change: Change | undefined) => {
    if (!change) return;
    changes.push(change);
    options.onChange?.(change);
  };
  try {
    await findCredentials(client);
    for (const topic of topology.topics)
      note(await settled(() => settleTopic(client, prefix + topic, dryRun)));
    for (const [name, spec] of Object.entries(topology.subscriptions)) {
      const service = serviceOf(name);
      const wanted = {
        project,
        prefix,
        spec,
        push: pull.includes(service) ? "pull" : push[service],
      } as const;
      note(await settled(() => settleSubscription(client, prefix + name, wanted, dryRun)));
    }
    return changes;
  } catch (error) {
    throw setupError(project, error);
  } finally {
    await client.close();
  }
}

/** Looks and acts again where another run was faster between the look and the act. */
async function settled(settle: () => Promise<Change | undefined>): Promise<Change | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await settle();
    } catch (error) {
      const status = statusOf(error);
      const raced = status === STATUS.NOT_FOUND || status === STATUS.ALREADY_EXISTS;
      if (!raced || tries === TRIES) throw error;
    }
  }
}

async function settleTopic(client: PubSub, name: string, dryRun: boolean): Promise<Change | undefined> {
  if (await found(client.topic(name).getMetadata(CALL))) return undefined;
  if (!dryRun) await client.createTopic(name, CALL);
  return { action: "created", kind: "topic", name, fields: [] };
}

async function settleSubscription(
  client: PubSub,
  name: string,
  wanted: Wanted,
  dryRun: boolean,
): Promise<Change | undefined> {
  const existing = await found(client.subscription(name).getMetadata(CALL));
  const plan = planSubscription(existing, wanted);
  if (!dryRun) await carryOut(client, name, wanted, plan);
  return changeOf(name, plan);
}

async function carryOut(client: PubSub, name: string, wanted: Wanted, plan: SubscriptionPlan): Promise<void> {
  const subscription = client.subscription(name);
  const create = (metadata: SubscriptionMetadata) =>
    client.createSubscription(wanted.prefix + wanted.spec.topic, name, { ...metadata, gaxOpts: CALL });
  switch (plan.kind) {
    case "keep":
      return;
    case "create":
      await create(plan.metadata);
      return;
    case "update":
      await subscription.setMetadata(plan.metadata, CALL);
      return;
    case "remake":
      await subscription.delete(CALL);
      await create(plan.metadata);
  }
}

function changeOf(name: string, plan: SubscriptionPlan): Change | undefined {
  const kind = "subscription";
  switch (plan.kind) {
    case "keep":
      return undefined;
    case "create":
      return { action: "created", kind, name, fields: [] };
    case "update":
      return { action: "updated", kind, name, fields: plan.fields };
    case "remake":
      return { action: "remade", kind, name, fields: plan.fields };
  }
}

async function found<T>(reading: Promise<[T, ...unknown[]]>): Promise<T | undefined> {
  try {
    return (await reading)[0];
  } catch (error) {
    if (statusOf(error) === STATUS.NOT_FOUND) return undefined;
    throw error;
  }
}
