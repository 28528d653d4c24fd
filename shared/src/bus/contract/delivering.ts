import { beforeEach, expect, test } from "vitest";
import type { ContractBus } from "../contract.ts";
import type { Bus, Handler } from "../index.ts";
import { acked, createInbox, dataOf, type Inbox, numbered, receivedTogether } from "./inbox.ts";
import { expectNothingLeft, raise, sendThrough, terminal } from "./steps.ts";

export function describeDelivering(lent: () => ContractBus): void {
  let bus: Bus;
  beforeEach(() => {
    bus = lent().bus;
  });

  test("a subscription that does not exist is refused", () => {
    const subscribing = () => bus.subscribe("nowhere", 1, createInbox().handle);
    expect(subscribing).toThrow(expect.objectContaining(terminal("SUBSCRIPTION_MISSING")));
  });

  test.each<[string, Handler]>([
    ["was nacked", async () => "nack"],
    ["made its handler reject", async () => Promise.reject(new Error("rejected on purpose"))],
    ["made its handler throw", () => raise(new Error("thrown on purpose"))],
  ])("a message that %s comes again, counted", async (_, fail) => {
    const inbox = createInbox((delivery) => (delivery.attempt === 1 ? fail(delivery) : acked()));
    const consumer = bus.subscribe("jobs.work", 1, inbox.handle);
    await bus.publish("jobs", [{ data: "{}", attributes: { type: "job" } }]);
    const [first, second] = await inbox.received(2);
    expect(first?.attempt).toBe(1);
    expect(second).toEqual({ ...first, attempt: 2 });
    await consumer.close();
    await expectNothingLeft(bus, "jobs", "jobs.work");
  });

  test("after its last attempt a message goes to the dead letters and says where it came from", async () => {
    const inbox = createInbox(async () => "nack");
    const dead = createInbox();
    const consumer = bus.subscribe("jobs.work", 1, inbox.handle);
    bus.subscribe("jobs.bury", 1, dead.handle);
    await bus.publish("jobs", [{ data: '"hopeless"', attributes: { type: "job" } }]);
    const [letter] = await dead.received(1);
    expect(inbox.deliveries.slice(0, 5).map((delivery) => delivery.attempt)).toEqual([1, 2, 3, 4, 5]);
    expect(letter).toMatchObject({ data: '"hopeless"', attributes: { type: "job" } });
    const { attributes = {} } = letter ?? {};
    expect(attributes.CloudPubSubDeadLetterSourceSubscription).toBe("jobs.work");
    expect(Number(attributes.CloudPubSubDeadLetterSourceDeliveryCount)).toBeGreaterThanOrEqual(5);
    expect(Date.parse(attributes.CloudPubSubDeadLetterSourceTopicPublishTime ?? "")).not.toBeNaN();
    await consumer.close();
    await expectNothingLeft(bus, "jobs", "jobs.work");
  });

  test("without a dead-letter policy a message comes again for as long as it fails", async () => {
    const inbox = createInbox(async () => (inbox.deliveries.length < 8 ? "nack" : "ack"));
    const consumer = bus.subscribe("news.left", 1, inbox.handle);
    await bus.publish("news", numbered(1));
    const deliveries = await inbox.received(8);
    expect(new Set(deliveries.map((delivery) => delivery.messageId)).size).toBe(1);
    await consumer.close();
    await expectNothingLeft(bus, "news", "news.left");
  });

  test("as many handlers run at once as were asked for, and never more", async () => {
    const gate = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const inbox = createInbox(async () => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
      return "ack";
    });
    bus.subscribe("news.left", 3, inbox.handle);
    await bus.publish("news", numbered(12));
    await inbox.received(3);
    await sendThrough(bus, "jobs", "jobs.work");
    expect(inbox.deliveries).toHaveLength(3);
    gate.resolve();
    await inbox.received(12);
    expect(most).toBe(3);
  });

  test("a handler that runs longer than the ack deadline keeps its message", async () => {
    const gate = Promise.withResolvers<void>();
    const inbox = createInbox(async () => {
      await gate.promise;
      return "ack";
    });
    const consumers = [bus, await lent().another()].map((each) =>
      each.subscribe("jobs.work", 5, inbox.handle),
    );
    await bus.publish("jobs", numbered(1));
    await inbox.received(1);
    await lent().passAckDeadline();
    gate.resolve();
    await Promise.all(consumers.map((consumer) => consumer.close()));
    expect(inbox.deliveries).toHaveLength(1);
    await expectNothingLeft(bus, "jobs", "jobs.work");
  });

  test("two consumers share a subscription: no message is handled twice", async () => {
    const gate = Promise.withResolvers<void>();
    const inboxes = [0, 1].map(() =>
      createInbox(async () => {
        await gate.promise;
        return "ack";
      }),
    );
    const [left, right] = inboxes as [Inbox, Inbox];
    const consumers = [bus.subscribe("news.left", 5, left.handle)];
    consumers.push((await lent().another()).subscribe("news.left", 5, right.handle));
    await bus.publish("news", numbered(200));
    await Promise.all([left.received(1), right.received(1)]);
    gate.resolve();
    await receivedTogether([left, right], 200);
    await Promise.all(consumers.map((consumer) => consumer.close()));
    expect(dataOf([...left.deliveries, ...right.deliveries])).toEqual(dataOf(numbered(200)));
  });
}
