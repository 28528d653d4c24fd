import type { Bus, Delivery } from "@fanfare/shared/bus";
import { createPubSubBus } from "@fanfare/shared/bus/pubsub";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import type { Topology } from "@fanfare/shared/bus/topology";

/** Tells every message of some topics from now on, through subscriptions of the test's own. */
export async function watchTopics(
  project: string,
  topics: string[],
  tell: (topic: string, delivery: Delivery) => void,
): Promise<Bus> {
  const topology = topologyOf(topics);
  await applyTopology({ project, topology });
  const bus = createPubSubBus({ project, topology });
  for (const topic of topics)
    bus.subscribe(`watch.${topic}`, 10, async (delivery) => {
      tell(topic, delivery);
      return "ack";
    });
  return bus;
}

function topologyOf(topics: string[]): Topology {
  const retry = { minimumBackoffSeconds: 10, maximumBackoffSeconds: 600 };
  const subscriptions = topics.map((topic) => [
    `watch.${topic}`,
    { topic, function: "watch", ackDeadlineSeconds: 60, retry },
  ]);
  return { topics, subscriptions: Object.fromEntries(subscriptions) };
}
