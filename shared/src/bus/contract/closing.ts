import { beforeEach, expect, test } from "vitest";
import type { ContractBus } from "../contract.ts";
import type { Bus } from "../index.ts";
import { createInbox, dataOf, numbered } from "./inbox.ts";
import { expectNothingLeft, raise, sendThrough, terminal } from "./steps.ts";

export function describeClosing(lent: () => ContractBus): void {
  let bus: Bus;
  beforeEach(() => {
    bus = lent().bus;
  });

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
    (await lent().another()).subscribe("jobs.work", 1, heirs.handle);
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
    await expectNothingLeft(await lent().another(), "news", "news.left");
  });
}
