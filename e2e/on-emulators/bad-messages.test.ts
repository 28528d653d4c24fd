import type { Delivery } from "@fanfare/shared/bus";
import { SOURCE_SUBSCRIPTION } from "@fanfare/shared/bus/dead-letters";
import { TOPOLOGY } from "@fanfare/shared/bus/topology";
import { broadcastId } from "@fanfare/shared/domain/ids";
import { broadcastRequests } from "@fanfare/shared/events/broadcast-requests";
import { REASON } from "@fanfare/shared/hosting/event-endpoint";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { afterEach, expect, test } from "vitest";
import { type Installation, startInstallation } from "../testing/emulated.ts";
import { watchTopics } from "../testing/watch.ts";

const NOBODY = `b${"0".repeat(24)}`;
const RANGE = `${NOBODY}.000`;
const REQUEST = { caller: "e2e", content: { title: "Hello", text: "World" }, audience: "all" };

/** By topic: who reads it, and a message of the right form about what does not exist, with what is said of it. */
const TOPICS: [topic: string, subscription: string, fields: object, reason: string | null][] = [
  [
    "broadcast-requests",
    "scheduler.requests",
    { ...REQUEST, idempotencyKey: "bad", audience: {} },
    "INVALID_INPUT",
  ],
  ["broadcasts-due", "resolver.due", { broadcastId: NOBODY }, "BROADCAST_MISSING"],
  ["audience-ranges", "resolver.ranges", { rangeId: RANGE }, "RANGE_MISSING"],
  ["token-chunks", "sender.chunks", { chunkId: `${RANGE}.000000` }, "BROADCAST_MISSING"],
  ["token-chunks-urgent", "sender.chunks-urgent", { chunkId: `${RANGE}.000000` }, "BROADCAST_MISSING"],
  // Pruning for nobody is done: there is nothing to answer for.
  [
    "broadcast-events",
    "sender.prune",
    { type: "broadcast.prune", eventId: "none", broadcastId: NOBODY },
    null,
  ],
];

/** One message for each fault, and what is to be told of it. */
const BAD = TOPICS.flatMap(([topic, subscription, fields, reason]) => [
  { topic, subscription, data: "no JSON", reason: "NOT_JSON" },
  { topic, subscription, data: JSON.stringify({ v: 99, ...fields }), reason: "UNKNOWN_VERSION" },
  { topic, subscription, data: JSON.stringify({ v: 1, ...fields }), reason },
]);
const TOLD = BAD.filter(({ reason }) => reason !== null)
  .map(({ subscription, reason }) => `${subscription} ${reason}`)
  .toSorted();

const DEAD_TOPICS = TOPOLOGY.topics.filter((topic) => topic.endsWith("-dead"));

describeOnEmulators("messages that can never be handled", ["pubsub", "firestore"], () => {
  let installation: Installation;
  afterEach(() => installation?.close());

  test("are dead-lettered and told of once, and the pipeline goes on", async () => {
    installation = await startInstallation();
    const { project, store, logs, expectBalanced } = installation;
    const dead = new Map<string, string>();
    const refused = new Map<string, string>();
    const watch = await watchTopics(project, [...DEAD_TOPICS, "broadcast-events"], (topic, message) => {
      if (topic !== "broadcast-events") dead.set(message.messageId, describeDead(message));
      else if (message.data.includes('"request.failed"')) refused.set(...describeRefused(message));
    });
    await using closing = new AsyncDisposableStack();
    closing.defer(() => watch.close());

    for (const { topic, data } of BAD) await store.bus.publish(topic, [{ data }]);
    await expect.poll(() => dead.size, { timeout: 60_000 }).toBe(TOLD.length);
    const good = { ...REQUEST, idempotencyKey: "good" };
    await store.bus.publish("broadcast-requests", [broadcastRequests.encode(good)]);
    await expectBalanced(broadcastId(REQUEST.caller, "good"), () => true);
    await expect.poll(() => refused.size, { timeout: 60_000 }).toBe(3);
    await installation.close();

    expect([...dead.values()].toSorted()).toEqual(TOLD);
    const errors = logs.map((line) => JSON.parse(line)).filter(({ severity }) => severity === "ERROR");
    const told = errors.map(({ subscription, error }) => `${subscription} ${error?.code}`);
    expect(told.toSorted()).toEqual(TOLD);
    expect([...refused.values()].toSorted()).toEqual([
      "INVALID_INPUT to e2e",
      "NOT_JSON to undefined",
      "UNKNOWN_VERSION to e2e",
    ]);
  });
});

function describeDead({ attributes }: Delivery): string {
  return `${attributes[SOURCE_SUBSCRIPTION]} ${attributes[REASON]?.split(":")[0]}`;
}

/** An answer's id, and what it says to whom. */
function describeRefused({ data }: Delivery): [string, string] {
  const { eventId, reason, caller } = JSON.parse(data);
  return [eventId, `${reason.split(":")[0]} to ${caller}`];
}
