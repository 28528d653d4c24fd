import type { Sent } from "./leave-chunk.ts";

interface Hand {
  chunks: number;
  settled: boolean;
}

/**
 * Finishes broadcasts when the last of their chunks that this process has in hand leaves it. While another is in hand,
 * and so open, nothing can be finished: to ask the store after each chunk took a twelfth of a sender's requests to it.
 * If the process dies before, the tick finishes the broadcast.
 * @param finish finishes a broadcast if nothing of it is open
 * @returns does the work on a chunk of a broadcast
 */
export function createFinishLast(finish: (broadcast: string) => Promise<void>) {
  const inHand = new Map<string, Hand>();

  return async function whileInHand(broadcast: string, work: () => Promise<Sent>): Promise<Sent> {
    const hand = inHand.get(broadcast) ?? { chunks: 0, settled: false };
    inHand.set(broadcast, hand);
    hand.chunks += 1;
    try {
      const sent = await work();
      hand.settled ||= sent === "settled";
      return sent;
    } finally {
      hand.chunks -= 1;
      if (hand.chunks === 0) {
        inHand.delete(broadcast);
        if (hand.settled) await finish(broadcast);
      }
    }
  };
}
