import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { PubSub, type SubscriptionMetadata } from "@google-cloud/pubsub";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { applyTopology, type Change, type TopologyOptions } from "./pubsub-topology.ts";
import { TOPOLOGY } from "./topology.ts";

const NAME = "x-sender.chunks";
const PUSH = {
  endpoint: "https://sender.example.com/",
  serviceAccountEmail: "a@b.iam.gserviceaccount.com",
};

const AT_ONCE = { minimumBackoffSeconds: 0, maximumBackoffSeconds: 0 };

/** Something that is pushed to, and answers all alike. `pushed` has the subscriptions of what came. */
async function listen(status: number, closing: AsyncDisposableStack) {
  const pushed = new Set<string>();
  const server = createServer(async (request, response) => {
    pushed.add(((await json(request)) as { subscription: string }).subscription);
    response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pushed };
}

describeOnEmulators("the topology on Pub/Sub", ["pubsub"], () => {
  let project: string;
  let admin: PubSub;
  beforeEach(() => {
    project = freshProject();
    admin = new PubSub({ projectId: project });
  });
  afterEach(() => admin.close());

  const apply = (options: Partial<TopologyOptions> = {}) =>
    applyTopology({ project, prefix: "x-", ...options });
  const read = async (name = NAME) => (await admin.subscription(name).getMetadata())[0];
  const topicOf = (id: string) => `projects/${project}/topics/${id}`;
  const fieldsOf = (changes: Change[]) => changes.flatMap(({ fields }) => fields.map(({ field }) => field));
  const everything = TOPOLOGY.topics.length + Object.keys(TOPOLOGY.subscriptions).length;

  test("a fresh project gets all of it, and a second run finds nothing to do", async () => {
    const told: Change[] = [];
    const changes = await apply({ onChange: (change) => told.push(change) });
    expect(changes).toHaveLength(everything);
    expect(told).toEqual(changes);
    expect(changes[0]).toEqual({ action: "created", kind: "topic", name: "x-tick", fields: [] });
    expect(await read()).toMatchObject({
      topic: topicOf("x-token-chunks"),
      ackDeadlineSeconds: 600,
      expirationPolicy: { ttl: null },
      retryPolicy: { minimumBackoff: { seconds: "10" }, maximumBackoff: { seconds: "600" } },
      deadLetterPolicy: { deadLetterTopic: topicOf("x-sender-dead"), maxDeliveryAttempts: 20 },
      pushConfig: { pushEndpoint: "" },
    });
    expect(await read("x-scheduler.tick")).toMatchObject({ messageRetentionDuration: { seconds: "600" } });
    expect(await apply()).toEqual([]);
  });

  test.each<[string, string, SubscriptionMetadata]>([
    ["ackDeadlineSeconds", NAME, { ackDeadlineSeconds: 10 }],
    ["retryPolicy", NAME, { retryPolicy: null }],
    ["deadLetterPolicy", NAME, { deadLetterPolicy: null }],
    ["messageRetentionDuration", "x-scheduler.tick", { messageRetentionDuration: { seconds: 1_200 } }],
  ])("%s that somebody changed is repaired", async (field, name, metadata) => {
    await apply();
    const before = await read(name);
    await admin.subscription(name).setMetadata(metadata);
    expect(await read(name)).not.toEqual(before);
    const changes = await apply();
    expect(changes).toMatchObject([{ action: "updated", name, fields: [{ field }] }]);
    expect(await read(name)).toEqual(before);
  });

  test("a service's subscriptions are pushed, left so, and pulled from again", async () => {
    await apply();
    const pushed = await apply({ push: { sender: PUSH } });
    const own = [NAME, "x-sender.chunks-urgent", "x-sender.prune", "x-sender.bury"];
    expect(pushed.map(({ name }) => name)).toEqual(own);
    const { endpoint: audience, serviceAccountEmail } = PUSH;
    const oidcToken = { serviceAccountEmail, audience };
    expect(await read()).toMatchObject({ pushConfig: { pushEndpoint: PUSH.endpoint, oidcToken } });
    expect(await apply({ push: { sender: PUSH } })).toEqual([]);
    expect(await apply()).toEqual([]);
    expect(fieldsOf(await apply({ pull: ["sender"] }))).toEqual(own.map(() => "pushConfig"));
    expect(await read()).toMatchObject({ pushConfig: { pushEndpoint: "" } });
  });

  test("the three functions of version 0.1.0 become one, which gets what they did not take", async () => {
    await using closing = new AsyncDisposableStack();
    const subscriptions = Object.fromEntries(
      Object.entries(TOPOLOGY.subscriptions).map(([name, spec]) => [name, { ...spec, retry: AT_ONCE }]),
    );
    const topology = { ...TOPOLOGY, subscriptions };
    await apply({ topology });
    const own = ["scheduler.tick", "scheduler.requests", "scheduler.bury"] as const;
    const old = await listen(503, closing);
    for (const name of own)
      await admin.subscription(`x-${name}`).modifyPushConfig({ pushEndpoint: `${old.url}/${name}` });
    for (const name of own)
      await admin.topic(`x-${subscriptions[name]?.topic}`).publishMessage({ data: Buffer.from(name) });
    const all = new Set(own.map((name) => `projects/${project}/subscriptions/x-${name}`));
    await expect.poll(() => old.pushed, { timeout: 30_000 }).toEqual(all);

    const push = await listen(204, closing);
    const changes = await apply({ topology, push: { scheduler: { endpoint: push.url } } });
    expect(changes.map(({ action, name }) => `${action} ${name}`)).toEqual(
      own.map((name) => `updated x-${name}`),
    );
    await expect.poll(() => push.pushed, { timeout: 30_000 }).toEqual(all);
    expect(await apply({ topology, push: { scheduler: { endpoint: push.url } } })).toEqual([]);
  });

  test("a subscription of another topic is made again, and stays pushed", async () => {
    await apply({ push: { sender: PUSH } });
    const { pushConfig } = await read();
    await admin.subscription(NAME).delete();
    await admin.createSubscription("x-tick", NAME, { ...(pushConfig && { pushConfig }) });
    expect(await apply()).toMatchObject([{ action: "remade", name: NAME, fields: [{ from: "x-tick" }] }]);
    expect(await read()).toMatchObject({ topic: topicOf("x-token-chunks"), pushConfig });
    expect(await apply()).toEqual([]);
  });

  test("a topic that was deleted is made again, with its subscriptions", async () => {
    await apply();
    await admin.topic("x-token-chunks").delete();
    const changes = await apply();
    expect(changes).toMatchObject([
      { action: "created", kind: "topic", name: "x-token-chunks" },
      { action: "remade", name: NAME, fields: [{ field: "topic", from: "_deleted-topic_" }] },
    ]);
    expect(await apply()).toEqual([]);
  });

  test("what is not declared is left alone", async () => {
    await admin.createTopic("x-tick");
    await admin.createTopic("x-token-chunks");
    await admin.createSubscription("x-tick", "their-subscription");
    await admin.createSubscription("x-token-chunks", NAME, { labels: { team: "theirs" } });
    const changes = await apply();
    expect(changes).toHaveLength(everything - 2);
    expect(fieldsOf(changes)).toEqual(["ackDeadlineSeconds", "retryPolicy", "deadLetterPolicy"]);
    expect(await read()).toMatchObject({ labels: { team: "theirs" } });
    expect((await read("their-subscription")).topic).toBe(topicOf("x-tick"));
  });

  test("a dry run says the same and changes nothing", async () => {
    const foreseen = await apply({ dryRun: true });
    expect((await admin.getTopics())[0]).toEqual([]);
    expect(await apply()).toEqual(foreseen);
    await admin.subscription(NAME).setMetadata({ ackDeadlineSeconds: 10 });
    expect(fieldsOf(await apply({ dryRun: true }))).toEqual(["ackDeadlineSeconds"]);
    expect(await read()).toMatchObject({ ackDeadlineSeconds: 10 });
  });

  test("runs at once end in the same state, also where one has to make subscriptions again", async () => {
    await Promise.all([apply(), apply(), apply()]);
    expect(await apply()).toEqual([]);
    await admin.topic("x-token-chunks").delete();
    await Promise.all([apply(), apply(), apply()]);
    expect(await apply()).toEqual([]);
    expect((await admin.getSubscriptions())[0]).toHaveLength(Object.keys(TOPOLOGY.subscriptions).length);
  });

  test("what Pub/Sub refuses is told with its reason", async () => {
    const refused = expect(apply({ prefix: "goog" })).rejects;
    await refused.toMatchObject({ name: "TerminalError", code: "SETUP_FAILED", message: /googtick/ });
  });
});
