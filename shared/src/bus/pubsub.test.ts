import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PubSub } from "@google-cloud/pubsub";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { createInbox, dataOf, numbered } from "./contract/inbox.ts";
import { CONTRACT_TOPOLOGY, type ContractBus, describeBusContract } from "./contract.ts";
import type { Bus } from "./index.ts";
import { createPubSubBus, type PubSubBusOptions } from "./pubsub.ts";
import { createOutage } from "./pubsub-outage.ts";
import { applyTopology } from "./pubsub-topology.ts";

const ACK_DEADLINE_MS = 10_000;
const WAIT = { timeout: 25_000, interval: 50 };

/** A line to a server that can be cut, so that nobody else's connections are. */
async function openLine(to: string) {
  const [host, port] = to.split(":");
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port: own } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${own}`,
    async cut() {
      const closed = once(server.close(), "close");
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async mend() {
      await once(server.listen(own, "127.0.0.1"), "listening");
    },
  };
}

/** A project with the contract's topology, and buses on it. */
async function openProject(prefix = "") {
  const project = freshProject();
  await applyTopology({ project, prefix, topology: CONTRACT_TOPOLOGY });
  const admin = new PubSub({ projectId: project });
  const buses: Bus[] = [];

  function openBus(options: Partial<PubSubBusOptions> = {}): Bus {
    const common = { project, prefix, topology: CONTRACT_TOPOLOGY, onError: () => {} };
    const bus = createPubSubBus({ ...common, ...options });
    buses.push(bus);
    return bus;
  }

  /** The emulator's clock cannot be moved. */
  const passAckDeadline = () => sleep(ACK_DEADLINE_MS * 1.2);

  /** What was acked lives on in the emulator as long as its subscription. */
  async function close(): Promise<void> {
    await Promise.all(buses.map((bus) => bus.close()));
    const [subscriptions] = await admin.getSubscriptions();
    await Promise.all(subscriptions.map((subscription) => subscription.delete()));
    await admin.close();
  }

  const contract: ContractBus = { bus: openBus(), another: async () => openBus(), passAckDeadline, close };
  return { ...contract, project, admin, openBus };
}

describeOnEmulators("Pub/Sub", ["pubsub"], () => {
  describeBusContract("Pub/Sub", openProject);

  describe("the bus on Pub/Sub", () => {
    let opened: Awaited<ReturnType<typeof openProject>>;
    beforeEach(async () => {
      opened = await openProject("east-");
    });
    afterEach(() => opened.close());

    test("a prefix goes before every id, and no handler sees it", async () => {
      const dead = createInbox();
      opened.bus.subscribe("jobs.work", 1, async () => "nack");
      opened.bus.subscribe("jobs.bury", 1, dead.handle);
      await opened.bus.publish("jobs", numbered(1));
      const [letter] = await dead.received(1);
      expect(letter?.attributes.CloudPubSubDeadLetterSourceSubscription).toBe("jobs.work");
      const [topics] = await opened.admin.getTopics();
      expect(topics.every((topic) => topic.name.includes("/topics/east-"))).toBe(true);
    });

    test("a declared topic that was deleted is missing all the same", async () => {
      await opened.admin.topic("east-jobs").delete();
      const publishing = opened.bus.publish("jobs", numbered(1));
      await expect(publishing).rejects.toMatchObject({ name: "TerminalError", code: "TOPIC_MISSING" });
    });

    test("one refused message fails nobody else's", async () => {
      const empty = opened.bus.publish("jobs", [{ data: "" }]);
      const good = opened.bus.publish("jobs", numbered(1));
      await expect(empty).rejects.toMatchObject({ name: "TerminalError", code: "MESSAGE_REFUSED" });
      await expect(good).resolves.toBeUndefined();
    });

    test("a consumer outlives its subscription, says so once, and goes on with the next one", async () => {
      const onError = vi.fn();
      const bus = opened.openBus({ onError });
      const inbox = createInbox();
      bus.subscribe("jobs.work", 2, inbox.handle);
      await bus.publish("jobs", numbered(1));
      await inbox.received(1);

      await opened.admin.subscription("east-jobs.work").delete();
      await vi.waitFor(() => expect(onError).toHaveBeenCalled(), WAIT);
      const { project } = opened;
      await applyTopology({ project, prefix: "east-", topology: CONTRACT_TOPOLOGY });
      await bus.publish("jobs", [{ data: '"after"' }]);
      const deliveries = await inbox.received(2);
      expect(deliveries.at(-1)?.data).toBe('"after"');
      expect(onError.mock.calls).toEqual([[expect.objectContaining({ code: "STREAM_LOST" }), "jobs.work"]]);
    });

    test("a consumer outlives a server that goes away and comes back", async () => {
      const line = await openLine(process.env.PUBSUB_EMULATOR_HOST ?? "");
      vi.stubEnv("PUBSUB_EMULATOR_HOST", line.host);
      const onError = vi.fn();
      const bus = opened.openBus({ onError });
      vi.unstubAllEnvs();
      const inbox = createInbox();
      bus.subscribe("jobs.work", 2, inbox.handle);
      await opened.bus.publish("jobs", numbered(1));
      await inbox.received(1);

      await line.cut();
      await vi.waitFor(() => expect(onError).toHaveBeenCalled(), WAIT);
      await line.mend();
      // The emulator takes the stream that was cut for alive, and hands every other message to it.
      await vi.waitFor(async () => {
        await opened.bus.publish("jobs", numbered(1));
        expect(inbox.deliveries.length).toBeGreaterThan(1);
      }, WAIT);
      expect(onError).toHaveBeenCalledTimes(1);
      await bus.close();
      await line.cut();
    });

    test("a consumer whose subscription is gone can be closed, and its handler is waited for", async () => {
      const gate = Promise.withResolvers<void>();
      const onError = vi.fn();
      const steps: string[] = [];
      const inbox = createInbox(async () => {
        await gate.promise;
        steps.push("handled");
        return "ack";
      });
      const bus = opened.openBus({ onError });
      const consumer = bus.subscribe("jobs.work", 1, inbox.handle);
      await bus.publish("jobs", numbered(1));
      await inbox.received(1);
      await opened.admin.subscription("east-jobs.work").delete();
      await vi.waitFor(() => expect(onError).toHaveBeenCalled(), WAIT);
      const closing = consumer.close().then(() => steps.push("closed"));
      gate.resolve();
      await closing;
      expect(steps).toEqual(["handled", "closed"]);
    });

    test("a handler that outlasts its ack deadline while its consumer closes has its ack counted", async () => {
      const gate = Promise.withResolvers<void>();
      const inbox = createInbox(() => gate.promise.then(() => "ack"));
      const consumer = opened.bus.subscribe("jobs.work", 1, inbox.handle);
      await opened.bus.publish("jobs", numbered(1));
      await inbox.received(1);
      const closing = consumer.close();
      await opened.passAckDeadline();
      gate.resolve();
      await closing;
      const heirs = createInbox();
      opened.bus.subscribe("jobs.work", 1, heirs.handle);
      await opened.bus.publish("jobs", [{ data: '"mark"' }]);
      expect(dataOf(await heirs.received(1))).toEqual(['"mark"']);
    });
  });
});

describe("a Pub/Sub that cannot be reached", () => {
  // Port 1 is reserved, and nothing listens there.
  beforeEach(() => void vi.stubEnv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1"));
  afterEach(() => void vi.unstubAllEnvs());

  test("makes publishing fail with an error that may pass, and consumers say so", async () => {
    const onError = vi.fn();
    const options = { project: freshProject(), topology: CONTRACT_TOPOLOGY, publishTimeoutMs: 300, onError };
    const bus = createPubSubBus(options);
    bus.subscribe("jobs.work", 1, createInbox().handle);
    const publishing = bus.publish("jobs", [{ data: randomUUID() }]);
    const unavailable = { name: "RetryableError", code: "BUS_UNAVAILABLE", cause: expect.any(Error) };
    await expect(publishing).rejects.toMatchObject(unavailable);
    await vi.waitFor(() => expect(onError).toHaveBeenCalled(), WAIT);
    await bus.close();
    expect(onError.mock.calls).toEqual([[expect.objectContaining({ code: "STREAM_LOST" }), "jobs.work"]]);
  });
});

describe("an outage", () => {
  test("that will not pass by itself is reported at once, and once", () => {
    const outage = createOutage();
    const reports = [0, 1_000, 2_000].map((at) => outage.failed(at, false).report);
    expect(reports).toEqual([true, false, false]);
  });

  test("that may pass is reported when it has lasted", () => {
    const outage = createOutage();
    const reports = [0, 1_000, 2_000, 3_000].map((at) => outage.failed(at, true).report);
    expect(reports).toEqual([false, false, true, false]);
  });

  test.each([
    ["a message came", (outage: ReturnType<typeof createOutage>) => outage.over(), 1_000],
    ["a stream lived for long", () => {}, 100_000],
  ])("is over when %s", (_, recover, at) => {
    const outage = createOutage();
    outage.failed(0, false);
    recover(outage);
    expect(outage.failed(at, false)).toEqual({ report: true, waitMs: 500 });
  });

  test("waits longer and longer, up to ten seconds", () => {
    const outage = createOutage();
    const waits = [0, 1, 2, 3, 4, 5, 6].map((at) => outage.failed(at, true).waitMs);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });
});
