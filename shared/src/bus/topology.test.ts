import { describe, expect, test } from "vitest";
import declared from "../../../deploy/topology.json" with { type: "json" };
import { ConfigError } from "../errors.ts";
import { parseTopology, servicesOf, TOPOLOGY } from "./topology.ts";

const deadLetter = { topic: "dead", maxDeliveryAttempts: 5 };
const retry = { minimumBackoffSeconds: 0, maximumBackoffSeconds: 600 };
const work = { topic: "jobs", ackDeadlineSeconds: 10, retry, deadLetter };

const declaration = (change: object) => ({
  topics: ["jobs", "dead"],
  subscriptions: { work: { ...work, ...change } },
});

describe("a declaration of the topology", () => {
  test.each([
    ["the least of everything", {}],
    ["the longest deadline", { ackDeadlineSeconds: 600 }],
    ["the most attempts", { deadLetter: { ...deadLetter, maxDeliveryAttempts: 100 } }],
    ["no dead-letter policy", { deadLetter: undefined }],
  ])("may have %s", (_, change) => {
    expect(parseTopology(declaration(change)).subscriptions.work).toMatchObject({ topic: "jobs" });
  });

  test.each([
    ["a topic that is not declared", { topic: "elsewhere" }, "elsewhere"],
    ["a dead-letter topic that is not declared", { deadLetter: { ...deadLetter, topic: "grave" } }, "grave"],
    ["too short a deadline", { ackDeadlineSeconds: 9 }, "ackDeadlineSeconds"],
    ["too long a deadline", { ackDeadlineSeconds: 601 }, "ackDeadlineSeconds"],
    ["too short a retention", { retentionSeconds: 599 }, "retentionSeconds"],
    ["half seconds", { ackDeadlineSeconds: 10.5 }, "ackDeadlineSeconds"],
    ["a negative back-off", { retry: { ...retry, minimumBackoffSeconds: -1 } }, "minimumBackoffSeconds"],
    ["too long a back-off", { retry: { ...retry, maximumBackoffSeconds: 601 } }, "maximumBackoffSeconds"],
    ["too few attempts", { deadLetter: { ...deadLetter, maxDeliveryAttempts: 4 } }, "maxDeliveryAttempts"],
    ["too many attempts", { deadLetter: { ...deadLetter, maxDeliveryAttempts: 101 } }, "maxDeliveryAttempts"],
    ["an unknown field", { ackDeadline: 10 }, "ackDeadline"],
    ["an unknown field of a policy", { retry: { ...retry, backoff: 1 } }, "backoff"],
  ])("may not have %s", (_, change, named) => {
    const parsing = () => parseTopology(declaration(change));
    expect(parsing).toThrow(ConfigError);
    expect(parsing).toThrow(named);
  });

  test.each([
    ["an unknown part", { ...declaration({}), schemas: [] }],
    ["no topics", { subscriptions: {} }],
    ["nothing", null],
  ])("is refused with %s", (_, value) => {
    expect(() => parseTopology(value)).toThrow(ConfigError);
  });
});

describe("the topology of this installation", () => {
  const subscriptions = Object.values(TOPOLOGY.subscriptions);

  test("is what the file declares", () => {
    expect(TOPOLOGY).toEqual(declared);
  });

  test("has a subscription on every topic, those of the dead letters too: without one messages are lost", () => {
    const heard = new Set(subscriptions.map((subscription) => subscription.topic));
    expect(TOPOLOGY.topics.filter((topic) => !heard.has(topic))).toEqual([]);
  });

  test("waits at least as long at last as at first", () => {
    for (const { retry } of subscriptions) {
      expect(retry.maximumBackoffSeconds).toBeGreaterThanOrEqual(retry.minimumBackoffSeconds);
    }
  });

  test("has a service for each subscription", () => {
    expect(servicesOf()).toEqual(["scheduler", "resolver", "sender"]);
  });

  test("has no two subscriptions on one topic: a push from an event trigger's subscription is told by its topic", () => {
    const topics = subscriptions.map(({ topic }) => topic);
    expect(new Set(topics).size).toBe(topics.length);
  });
});
