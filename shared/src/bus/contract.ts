import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acked, createInbox, dataOf, type Inbox, numbered, receivedTogether } from "./contract/inbox.ts";
import { type Bus, type Delivery, type Handler, MAX_MESSAGE_BYTES } from "./index.ts";
import { parseTopology } from "./topology.ts";

/**
 * What the contract publishes to and subscribes to. An opener may change the timings, not the names and not the
 * attempts. Without a back-off the suite does not wait between redeliveries.
 */
export const CONTRACT_TOPOLOGY = parseTopology({
  topics: ["news", "jobs", "jobs-dead", "unheard"],
  subscriptions: {
    "news.left": { topic: "news", function: "read", ackDeadlineSeconds: 10, retry: withoutBackoff() },
    "news.right": { topic: "news", function: "read", ackDeadlineSeconds: 10, retry: withoutBackoff() },
    "jobs.work": {
      topic: "jobs",
      function: "work",
      ackDeadlineSeconds: 10,
      retry: withoutBackoff(),
      deadLetter: { topic: "jobs-dead", maxDeliveryAttempts: 5 },
    },
    "jobs.bury": { topic: "jobs-dead", function: "bury", ackDeadlineSeconds: 10, retry: withoutBackoff() },
  },
});

function withoutBackoff() {
  return { minimumBackoffSeconds: 0, maximumBackoffSeconds: 0 };
}

/** What an opener lends to one test: buses on messages that no other test sees. */
export interface ContractBus {
  bus: Bus;
  /** Another bus on the same messages, as another process would have it. */
  another(): Promise<Bus>;
  /** Resolves when a message taken before would long have come again, had nothing extended its ack deadline. */
  passAckDeadline(): Promise<void>;
  /** Closes every bus handed out, closed already or not, and removes the messages. */
  close(): Promise<void>;
}

/** What every driver of the bus has to pass. `open` is called once for each test. */
export function describeBusContract(name: string, open: () => Promise<ContractBus>): void {
  describe(`bus contract: ${name}`, () => {
    let opened: ContractBus;
    let bus: Bus;
    beforeEach(async () => {
      opened = await open();
      bus = opened.bus;
    });
    afterEach(() => opened.close());

    describe("publishing", () => {
      test("every subscription of a topic gets each message, under the same id", async () => {
        const [left, right] = [createInbox(), createInbox()];
        bus.subscribe("news.left", 10, left.handle);
        bus.subscribe("news.right", 10, right.handle);
        await bus.publish("news", numbered(3));
        const [inLeft, inRight] = await Promise.all([left.received(3), right.received(3)]);
        expect(dataOf(inLeft)).toEqual(["0", "1", "2"]);
        expect(idByData(inRight)).toEqual(idByData(inLeft));
        expect(new Set(idByData(inLeft).values()).size).toBe(3);
      });

      test("messages wait for a consumer that comes later", async () => {
        await bus.publish("news", numbered(2));
        const inbox = createInbox();
        bus.subscribe("news.left", 10, inbox.handle);
        expect(dataOf(await inbox.received(2))).toEqual(["0", "1"]);
      });

      test("text and attributes arrive as they were", async () => {
        const data = JSON.stringify({ text: "Grüße 👋🏽 \u0000 'quoted' \"twice\"\nمرحبا" });
        const attributes = { type: "naïve", "key-with.dots": "値 🎺", empty: "" };
        const inbox = createInbox();
        bus.subscribe("jobs.work", 1, inbox.handle);
        await bus.publish("jobs", [{ data, attributes }]);
        expect(await inbox.received(1)).toMatchObject([{ data, attributes, attempt: 1 }]);
      });

      test("a message without attributes has none", async () => {
        const inbox = createInbox();
        bus.subscribe("news.left", 1, inbox.handle);
        await bus.publish("news", [{ data: "{}" }]);
        expect((await inbox.received(1))[0]?.attributes).toEqual({});
      });

      test("a topic without subscriptions drops its messages", async () => {
        await expect(bus.publish("unheard", numbered(1))).resolves.toBeUndefined();
      });

      test("an empty list publishes nothing", async () => {
        await bus.publish("news", []);
        await expectNothingLeft(bus, "news", "news.left");
      });

      test("2,000 messages in one call all arrive", async () => {
        const inbox = createInbox();
        bus.subscribe("news.left", 100, inbox.handle);
        await bus.publish("news", numbered(2_000));
        await inbox.received(2_000);
        expect(idByData(inbox.deliveries).size).toBe(2_000);
      });

      test("a topic that does not exist is refused", async () => {
        await expect(bus.publish("nowhere", numbered(1))).rejects.toMatchObject(terminal("TOPIC_MISSING"));
      });

      test.each([
        ["data", { data: "x".repeat(MAX_MESSAGE_BYTES + 1) }],
        ["characters of several bytes", { data: "é".repeat(MAX_MESSAGE_BYTES / 2 + 1) }],
        ["attributes", { data: "x".repeat(MAX_MESSAGE_BYTES - 10), attributes: { name: "12345678" } }],
      ])("too large a message is refused before anything is published: %s", async (_, message) => {
        const publishing = bus.publish("news", [...numbered(1), message]);
        await expect(publishing).rejects.toMatchObject(terminal("MESSAGE_TOO_LARGE"));
        await expectNothingLeft(bus, "news", "news.left");
      });
    });

    describe("delivering", () => {
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
        const consumers = [bus, await opened.another()].map((each) =>
          each.subscribe("jobs.work", 5, inbox.handle),
        );
        await bus.publish("jobs", numbered(1));
        await inbox.received(1);
        await opened.passAckDeadline();
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
        consumers.push((await opened.another()).subscribe("news.left", 5, right.handle));
        await bus.publish("news", numbered(200));
        await Promise.all([left.received(1), right.received(1)]);
        gate.resolve();
        await receivedTogether([left, right], 200);
        await Promise.all(consumers.map((consumer) => consumer.close()));
        expect(dataOf([...left.deliveries, ...right.deliveries])).toEqual(dataOf(numbered(200)));
      });
    });

    describe("closing", () => {
      test("a consumer waits for its running handlers, acks what they did, and gives back the rest", async () => {
        const gate = Promise.withResolvers<void>();
        const steps: string[] = [];
        const inbox = createInbox(async () => {
          await gate.promise;
          steps.push("handled");
          return "ack";
        });
        const consumer = bus.subscribe("news.left", 1, inbox.handle);
        await bus.publish("news", numbered(4));
        const [handled] = await inbox.received(1);
        const closing = consumer.close().then(() => steps.push("closed"));
        await sendThrough(bus, "jobs", "jobs.work");
        gate.resolve();
        await closing;
        expect(steps).toEqual(["handled", "closed"]);
        const rest = createInbox();
        bus.subscribe("news.left", 1, rest.handle);
        const others = dataOf(numbered(4)).filter((data) => data !== handled?.data);
        expect(dataOf(await rest.received(3))).toEqual(others);
      });

      test("a handler that ends badly while its consumer closes gives its message back", async () => {
        const gate = Promise.withResolvers<void>();
        const inbox = createInbox(async () => gate.promise.then(() => raise(new Error("thrown on purpose"))));
        const consumer = bus.subscribe("jobs.work", 1, inbox.handle);
        await bus.publish("jobs", numbered(1));
        await inbox.received(1);
        const closing = consumer.close();
        gate.resolve();
        await closing;
        const again = createInbox();
        bus.subscribe("jobs.work", 1, again.handle);
        expect(await again.received(1)).toMatchObject([{ data: "0", attempt: 2 }]);
      });

      test("a handler that still runs while the bus closes can publish, and nobody can subscribe", async () => {
        const gate = Promise.withResolvers<void>();
        const inbox = createInbox(async () => {
          await gate.promise;
          await bus.publish("jobs", [{ data: '"last"' }]);
          return "ack";
        });
        bus.subscribe("news.left", 1, inbox.handle);
        await bus.publish("news", numbered(1));
        await inbox.received(1);
        const closing = bus.close();
        const subscribing = () => bus.subscribe("news.left", 1, inbox.handle);
        expect(subscribing).toThrow(expect.objectContaining(terminal("BUS_CLOSED")));
        gate.resolve();
        await closing;
        const heirs = createInbox();
        (await opened.another()).subscribe("jobs.work", 1, heirs.handle);
        expect(dataOf(await heirs.received(1))).toEqual(['"last"']);
      });

      test("closing twice is closing once", async () => {
        const consumer = bus.subscribe("news.left", 1, createInbox().handle);
        await Promise.all([consumer.close(), consumer.close()]);
        await consumer.close();
        await Promise.all([bus.close(), bus.close()]);
        await bus.close();
        await consumer.close();
      });

      test("a closed bus publishes nothing", async () => {
        await bus.close();
        await expect(bus.publish("news", numbered(1))).rejects.toMatchObject(terminal("BUS_CLOSED"));
        await expectNothingLeft(await opened.another(), "news", "news.left");
      });
    });
  });
}

function raise(error: Error): never {
  throw error;
}

function idByData(deliveries: readonly Delivery[]): Map<string, string> {
  return new Map(deliveries.map((delivery) => [delivery.data, delivery.messageId]));
}

/** Sends a mark all the way, so that whatever else was on its way had time for it, too, and says what arrived. */
async function sendThrough(bus: Bus, topic: string, subscription: string): Promise<string[]> {
  const inbox = createInbox();
  const consumer = bus.subscribe(subscription, 10, inbox.handle);
  await bus.publish(topic, [{ data: '"mark"' }]);
  await inbox.received(1);
  await consumer.close();
  return inbox.deliveries.map((delivery) => delivery.data);
}

async function expectNothingLeft(bus: Bus, topic: string, subscription: string): Promise<void> {
  expect(await sendThrough(bus, topic, subscription)).toEqual(['"mark"']);
}

const terminal = (code: string) => ({ name: "TerminalError", code });
