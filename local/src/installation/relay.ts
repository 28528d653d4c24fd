import { setTimeout as sleep } from "node:timers/promises";
import type { Handler } from "@fanfare/shared/bus";
import { createPubSubBus } from "@fanfare/shared/bus/pubsub";
import { TOPOLOGY, type Topology } from "@fanfare/shared/bus/topology";
import type { Service } from "@fanfare/shared/hosting/service";

/** What befalls messages on their way: shares of all, and the longest delay in milliseconds. */
export interface Mischief {
  dropped: number;
  doubled: number;
  delayed: number;
  maxDelayMs: number;
  random: () => number;
  /** Told of each message that something befalls. */
  tell?: (what: "lost" | "doubled" | "delayed") => void;
}

/** Dead letters are left alone: losing one is losing what nobody else remembers. Ticks come again by themselves. */
const RELAYED = TOPOLOGY.topics.filter((topic) => topic !== "tick" && !topic.endsWith("-dead"));
const IN_HAND = 200;

const behind = (topic: string) => `${topic}.relayed`;
const before = (topic: string) => `relay.${topic}`;

/** The topology with a relay in each topic: the subscriptions of all services hang behind it. */
export const RELAYED_TOPOLOGY: Topology = {
  topics: [...TOPOLOGY.topics, ...RELAYED.map(behind)],
  subscriptions: {
    ...Object.fromEntries(
      Object.entries(TOPOLOGY.subscriptions).map(([name, spec]) => [
        name,
        RELAYED.includes(spec.topic) ? { ...spec, topic: behind(spec.topic) } : spec,
      ]),
    ),
    ...Object.fromEntries(
      RELAYED.map((topic) => [
        before(topic),
        {
          topic,
          ackDeadlineSeconds: 60,
          retry: { minimumBackoffSeconds: 10, maximumBackoffSeconds: 600 },
        },
      ]),
    ),
  },
};

/** Passes messages on, and drops, doubles and delays some of them. */
export function startRelay(project: string, prefix: string, mischief: Mischief): Service {
  const bus = createPubSubBus({ project, prefix, topology: RELAYED_TOPOLOGY });
  const { dropped, doubled, delayed, maxDelayMs, random, tell } = mischief;

  function relayTo(topic: string): Handler {
    return async ({ data, attributes }) => {
      if (random() < dropped) {
        tell?.("lost");
        return "ack";
      }
      const copies = random() < doubled ? 2 : 1;
      if (copies > 1) tell?.("doubled");
      for (let copy = 0; copy < copies; copy++) {
        if (random() < delayed) {
          tell?.("delayed");
          await sleep(random() * maxDelayMs);
        }
        await bus.publish(topic, [{ data, attributes }]);
      }
      return "ack";
    };
  }

  for (const topic of RELAYED) bus.subscribe(before(topic), IN_HAND, relayTo(behind(topic)));
  return { close: () => bus.close() };
}
