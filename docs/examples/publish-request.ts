import { PubSub } from "@google-cloud/pubsub";

/**
 * What to send, to whom, and when: now, unless `at` says a time such as "2027-01-31T18:00:00+01:00". What is not sent by
 * `deadline` is not sent.
 */
export interface Broadcast {
  content: { title: string; text: string; initialPage?: string };
  audience: "all" | { platforms?: ("android" | "ios" | "web")[]; users?: string[] };
  at?: string;
  deadline?: string;
}

/** What became of it. Pub/Sub may tell it more than once, each time with the same `eventId`. */
export type BroadcastEvent = { eventId: string; caller: string; idempotencyKey: string } & (
  | { type: "broadcast.finished"; broadcastId: string; phase: string; books: { accepted: number } }
  | { type: "request.failed"; reason: string }
);

/** Asks for broadcasts in the name of a service of yours, the caller. */
export function openBroadcasts(project: string, caller: string) {
  const pubsub = new PubSub({ projectId: project });
  return {
    /** Caller and key name the broadcast: asking again, as after a crash, does not send again. */
    async request(idempotencyKey: string, broadcast: Broadcast): Promise<void> {
      const json = { v: 1, caller, idempotencyKey, ...broadcast };
      await pubsub.topic("broadcast-requests").publishMessage({ json });
    },

    /** Tells what becomes of this caller's broadcasts from now on. Makes the subscription if need be. */
    async listen(name: string, tell: (event: BroadcastEvent) => void): Promise<void> {
      const events = pubsub.topic("broadcast-events");
      const [subscription] = await events.subscription(name).get({ autoCreate: true });
      subscription.on("message", (message) => {
        const event = JSON.parse(message.data.toString());
        if (event.caller === caller) tell(event);
        message.ack();
      });
    },

    close: () => pubsub.close(),
  };
}
