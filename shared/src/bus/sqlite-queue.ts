import { randomUUID } from "node:crypto";
import type { Database } from "../sqlite/database.ts";
import { SOURCE_SUBSCRIPTION } from "./dead-letters.ts";
import type { Delivery, Outgoing } from "./index.ts";
import { missing } from "./refusals.ts";
import type { SubscriptionSpec, Topology } from "./topology.ts";

/** What a queue works with. */
export interface QueueSettings {
  database: Database;
  topology: Topology;
  now: () => number;
  wallNow: () => number;
  /** How long a second of the topology lasts, in milliseconds. */
  secondMs: number;
}

/**
 * How long a message is held at a time, in seconds: its ack deadline, and at most this. Holds are renewed while a
 * handler runs, so a short one costs little, and what a killed process held is free again soon.
 */
export const MAX_HOLD_SECONDS = 6;

/** One delivery of one message, held until its verdict is written down. */
export interface Hold {
  id: number;
  ackId: string;
  delivery: Delivery;
  verdict?: "ack" | "nack";
}

export function subscriptionsOf(topology: Topology, topic: string): string[] {
  return Object.keys(topology.subscriptions).filter((name) => topology.subscriptions[name]?.topic === topic);
}

function specOf(topology: Topology, subscription: string): SubscriptionSpec {
  const spec = topology.subscriptions[subscription];
  if (!spec) throw missing("subscription", subscription);
  return spec;
}

/** Gives every subscription of the topic its copy; without any the message is gone. Within a write transaction. */
export function insertCopies(
  { database, topology, now, wallNow }: QueueSettings,
  topic: string,
  message: Outgoing,
): void {
  const messageId = randomUUID();
  const attributes = JSON.stringify(message.attributes ?? {});
  const [publishedAt, visibleAt] = [wallNow(), now()];
  const insert = database.sql(INSERT);
  for (const subscription of subscriptionsOf(topology, topic)) {
    insert.run(subscription, messageId, message.data, attributes, publishedAt, visibleAt);
  }
}

const INSERT = `INSERT INTO messages
  (subscription, message_id, data, attributes, published_at, visible_at) VALUES (?, ?, ?, ?, ?, ?)`;

/** The doubling wait after delivery number `attempts` has failed. */
function backoffSeconds({ retry }: SubscriptionSpec, attempts: number): number {
  return Math.min(retry.maximumBackoffSeconds, retry.minimumBackoffSeconds * 2 ** Math.min(attempts - 1, 10));
}

/** Where a dead letter came from, in the attributes that Pub/Sub adds to one. */
function deadLetterSource(subscription: string, { attempts, published_at }: Row): Record<string, string> {
  return {
    [SOURCE_SUBSCRIPTION]: subscription,
    CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
    CloudPubSubDeadLetterSourceTopicPublishTime: new Date(published_at).toISOString(),
  };
}

interface Row {
  id: number;
  message_id: string;
  data: string;
  attributes: string;
  published_at: number;
  attempts: number;
  ack_id: string | null;
}

export interface SubscriptionQueue {
  subscription: string;
  deadlineMs: number;
  /** Writes verdicts down and takes up to `room` messages, in one transaction or, with nothing to do, in none. */
  exchange(finished: readonly Hold[], room: number): Hold[];
  extend(holds: Iterable<Hold>): void;
}

/**
 * One subscription's messages in the file. A message is hidden until `visible_at`: the end of its ack deadline or of
 * its back-off. A hold that has been lost to another is known by its ack id, and writing to it changes nothing.
 */
export function createQueue(settings: QueueSettings, subscription: string): SubscriptionQueue {
  const { database, topology, now, secondMs } = settings;
  const spec = specOf(topology, subscription);
  const { deadLetter } = spec;
  const holdSeconds = Math.min(spec.ackDeadlineSeconds, MAX_HOLD_SECONDS);
  const after = (seconds: number) => Math.round(now() + seconds * secondMs);
  const exhausted = (attempts: number) => attempts >= (deadLetter?.maxDeliveryAttempts ?? Infinity);
  const anyDue = () => database.sql(ANY_DUE).get(subscription, now()) !== undefined;

  function settle({ id, ackId, delivery, verdict }: Hold): void {
    if (verdict === "ack") database.sql(ACK).run(id, ackId);
    else if (exhausted(delivery.attempt)) bury(id, ackId);
    else database.sql(NACK).run(after(backoffSeconds(spec, delivery.attempt)), id, ackId);
  }

  function bury(id: number, ackId: string | null): void {
    const [gone] = database.sql(REMOVE).all(id, ackId) as unknown as Row[];
    if (!gone || !deadLetter) return;
    const attributes = { ...JSON.parse(gone.attributes), ...deadLetterSource(subscription, gone) };
    insertCopies(settings, deadLetter.topic, { data: gone.data, attributes });
  }

  function take(room: number): Hold[] {
    const due = database.sql(DUE).all(subscription, now(), room) as unknown as Row[];
    // Out of attempts and yet due: its last delivery was never answered.
    for (const row of due) if (exhausted(row.attempts)) bury(row.id, row.ack_id);
    return due.filter((row) => !exhausted(row.attempts)).map(hold);
  }

  function hold({ id, message_id: messageId, data, ...row }: Row): Hold {
    const ackId = randomUUID();
    const attempt = row.attempts + 1;
    database.sql(LEASE).run(ackId, attempt, after(holdSeconds), id);
    return { id, ackId, delivery: { messageId, data, attributes: JSON.parse(row.attributes), attempt } };
  }

  return {
    subscription,
    deadlineMs: holdSeconds * secondMs,
    exchange(finished, room) {
      // Most looks find nothing, and must not queue up for the file's one write lock.
      const wanted = room > 0 && anyDue() ? room : 0;
      if (finished.length === 0 && wanted === 0) return [];
      return database.write(() => {
        for (const hold of finished) settle(hold);
        return wanted === 0 ? [] : take(wanted);
      });
    },
    extend(holds) {
      database.write(() => {
        const until = after(holdSeconds);
        for (const { id, ackId } of holds) database.sql(EXTEND).run(until, id, ackId);
      });
    },
  };
}

const ANY_DUE = "SELECT 1 FROM messages WHERE subscription = ? AND visible_at <= ? LIMIT 1";
const DUE =
  "SELECT * FROM messages WHERE subscription = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?";
const LEASE = "UPDATE messages SET ack_id = ?, attempts = ?, visible_at = ? WHERE id = ?";
const EXTEND = "UPDATE messages SET visible_at = ? WHERE id = ? AND ack_id = ?";
const ACK = "DELETE FROM messages WHERE id = ? AND ack_id = ?";
const NACK = "UPDATE messages SET visible_at = ?, ack_id = NULL WHERE id = ? AND ack_id = ?";
const REMOVE = "DELETE FROM messages WHERE id = ? AND ack_id IS ? RETURNING *";
