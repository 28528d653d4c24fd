import type { Bus, Handler, Outgoing } from "@fanfare/shared/bus";
import { TOPOLOGY } from "@fanfare/shared/bus/topology";
import type { Process, World } from "./world.ts";

/** One subscription's copy of a message. While somebody handles it, it is `out`. */
interface Copy {
  subscription: string;
  messageId: string;
  data: string;
  attributes: Record<string, string>;
  out: Process | null;
  attempts: number;
}

interface Subscriber {
  process: Process;
  subscription: string;
  handle: Handler;
  running: number;
  closing: (() => void) | null;
}

/** All messages of the world, delivered when and as often as it pleases whoever drives it. */
export function createMessages(world: World) {
  let copies: Copy[] = [];
  let subscribers: Subscriber[] = [];
  const published: { topic: string; data: string }[] = [];

  world.onDeath((process) => {
    subscribers = subscribers.filter((subscriber) => subscriber.process !== process);
    for (const copy of copies) if (copy.out === process) copy.out = null;
  });

  async function publish(topic: string, messages: readonly Outgoing[]): Promise<void> {
    for (const { data, attributes = {} } of messages) {
      published.push({ topic, data });
      for (const [subscription, spec] of Object.entries(TOPOLOGY.subscriptions)) {
        if (spec.topic !== topic) continue;
        copies.push({
          subscription,
          messageId: `m${published.length}`,
          data,
          attributes,
          out: null,
          attempts: 0,
        });
      }
    }
  }

  function leave(subscriber: Subscriber): void {
    subscribers = subscribers.filter((other) => other !== subscriber);
    if (subscriber.running === 0) subscriber.closing?.();
  }

  /** The bus as one process sees it; as seen from outside of the world where none is given. */
  function busOf(process?: Process): Bus {
    const publishLater: Bus["publish"] = (topic, messages) =>
      process
        ? world.turn(process, `publish ${topic}`, () => publish(topic, messages))
        : publish(topic, messages);
    return {
      publish: publishLater,
      subscribe(subscription, _concurrency, handle) {
        if (!process) throw new Error("nobody listens from outside");
        const subscriber: Subscriber = { process, subscription, handle, running: 0, closing: null };
        subscribers.push(subscriber);
        return {
          close: () =>
            new Promise((resolve) => {
              subscriber.closing = resolve;
              leave(subscriber);
            }),
        };
      },
      async close() {},
    };
  }

  /** Whoever could be handed this copy now. */
  const handlersOf = (copy: Copy) =>
    subscribers.filter(({ subscription, closing }) => subscription === copy.subscription && closing === null);

  async function hand(copy: Copy, subscriber: Subscriber): Promise<void> {
    const { messageId, data, attributes } = copy;
    subscriber.running += 1;
    const verdict = await subscriber.handle({ messageId, data, attributes, attempt: copy.attempts });
    subscriber.running -= 1;
    if (verdict === "ack") copies = copies.filter((other) => other !== copy);
    else copy.out = null;
    if (subscriber.running === 0) subscriber.closing?.();
  }

  return {
    busOf,
    waiting: () => copies.filter((copy) => copy.out === null && handlersOf(copy).length > 0),
    /** Starts a delivery. `again`: another one may follow while this one is handled. */
    deliver(copy: Copy, choice: number, again = false): void {
      const able = handlersOf(copy);
      const subscriber = able[choice % able.length];
      if (!subscriber) return;
      copy.attempts += 1;
      if (!again) copy.out = subscriber.process;
      void hand(copy, subscriber);
    },
    lose(copy: Copy): void {
      copies = copies.filter((other) => other !== copy);
    },
    published: (topic: string) => published.filter((one) => one.topic === topic).map(({ data }) => data),
  };
}

export type Messages = ReturnType<typeof createMessages>;
