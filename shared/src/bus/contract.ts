import { afterEach, beforeEach, describe } from "vitest";
import { describeClosing } from "./contract/closing.ts";
import { describeDelivering } from "./contract/delivering.ts";
import { describePublishing } from "./contract/publishing.ts";
import type { Bus } from "./index.ts";
import { parseTopology } from "./topology.ts";

/**
 * What the contract publishes to and subscribes to. An opener may change the timings, not the names and not the
 * attempts. Without a back-off the suite does not wait between redeliveries.
 */
export const CONTRACT_TOPOLOGY = parseTopology({
  topics: ["news", "jobs", "jobs-dead", "unheard"],
  subscriptions: {
    "news.left": { topic: "news", ackDeadlineSeconds: 10, retry: withoutBackoff() },
    "news.right": { topic: "news", ackDeadlineSeconds: 10, retry: withoutBackoff() },
    "jobs.work": {
      topic: "jobs",

      ackDeadlineSeconds: 10,
      retry: withoutBackoff(),
      deadLetter: { topic: "jobs-dead", maxDeliveryAttempts: 5 },
    },
    "jobs.bury": { topic: "jobs-dead", ackDeadlineSeconds: 10, retry: withoutBackoff() },
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
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    describe("publishing", () => describePublishing(() => opened));
    describe("delivering", () => describeDelivering(() => opened));
    describe("closing", () => describeClosing(() => opened));
  });
}
