import type { Delivery, Handler, Outgoing } from "../index.ts";

export interface Inbox {
  deliveries: Delivery[];
  handle: Handler;
  /** Resolves with all deliveries so far, once there are `count`. */
  received(count: number): Promise<Delivery[]>;
  /** Called at each delivery. */
  listeners: Set<() => void>;
}

/** Keeps what a consumer is handed, and answers as `answer` does. */
export function createInbox(answer: Handler = acked): Inbox {
  const deliveries: Delivery[] = [];
  const listeners = new Set<() => void>();
  const inbox: Inbox = {
    deliveries,
    listeners,
    handle(delivery) {
      deliveries.push(delivery);
      for (const listener of listeners) listener();
      return answer(delivery);
    },
    received: (count) => receivedTogether([inbox], count),
  };
  return inbox;
}

/** Resolves with the deliveries of all the inboxes, once there are `count`. */
export function receivedTogether(inboxes: readonly Inbox[], count: number): Promise<Delivery[]> {
  const { promise, resolve } = Promise.withResolvers<Delivery[]>();
  const look = () => {
    const all = inboxes.flatMap((inbox) => inbox.deliveries);
    if (all.length < count) return;
    for (const inbox of inboxes) inbox.listeners.delete(look);
    resolve(all);
  };
  for (const inbox of inboxes) inbox.listeners.add(look);
  look();
  return promise;
}

export async function acked(): Promise<"ack"> {
  return "ack";
}

/** Messages whose data is their number. */
export function numbered(count: number): Outgoing[] {
  return Array.from({ length: count }, (_, index) => ({ data: String(index) }));
}

/** In the order of their numbers: the bus promises none. */
export function dataOf(messages: readonly { data: string }[]): string[] {
  return messages.map((message) => message.data).sort((a, b) => Number(a) - Number(b));
}
