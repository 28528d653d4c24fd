import { expect } from "vitest";
import type { Bus, Delivery } from "../index.ts";
import { createInbox } from "./inbox.ts";

export function raise(error: Error): never {
  throw error;
}

export function idByData(deliveries: readonly Delivery[]): Map<string, string> {
  return new Map(deliveries.map((delivery) => [delivery.data, delivery.messageId]));
}

/** Sends a mark all the way, so that whatever else was on its way had time for it, too, and says what arrived. */
export async function sendThrough(bus: Bus, topic: string, subscription: string): Promise<string[]> {
  const inbox = createInbox();
  const consumer = bus.subscribe(subscription, 10, inbox.handle);
  await bus.publish(topic, [{ data: '"mark"' }]);
  await inbox.received(1);
  await consumer.close();
  return inbox.deliveries.map((delivery) => delivery.data);
}

export async function expectNothingLeft(bus: Bus, topic: string, subscription: string): Promise<void> {
  expect(await sendThrough(bus, topic, subscription)).toEqual(['"mark"']);
}

export const terminal = (code: string) => ({ name: "TerminalError", code });
