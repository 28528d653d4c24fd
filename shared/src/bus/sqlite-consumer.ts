import type { Consumer, Handler } from "./index.ts";
import type { Hold, SubscriptionQueue } from "./sqlite-queue.ts";

/** How a consumer looks for messages, and whom it tells of trouble. */
export interface ConsumerSettings {
  pollMs: number;
  onError: (error: unknown, subscription: string) => void;
}

/** A consumer that can be told to look at once instead of at its next poll. */
export interface LocalConsumer extends Consumer {
  subscription: string;
  wake(): void;
}

/** After so many failures to write its last verdicts a closing consumer leaves them to their deadlines. */
const LAST_TRIES = 3;

/**
 * Pulls for one handler. A message is taken only when its handler can start at once, so that closing has none to
 * give back. A finished one keeps its place, and its hold, until its verdict is in the file.
 */
export function createConsumer(
  settings: ConsumerSettings,
  queue: SubscriptionQueue,
  concurrency: number,
  handle: Handler,
  onEnd: () => void,
): LocalConsumer {
  const { pollMs } = settings;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const held = new Set<Hold>();
  let closing = false;
  let failures = 0;
  let idleMs = pollMs;
  let turning = false;
  let later: NodeJS.Timeout | undefined;
  const report = (error: unknown) => settings.onError(error, queue.subscription);
  const extension = setInterval(extend, queue.deadlineMs / 3);

  /** Everything that finishes in one round of the event loop shares a turn, and so a transaction. */
  function wake(): void {
    if (!turning) setImmediate(turn);
    turning = true;
  }

  function turn(): void {
    turning = false;
    clearTimeout(later);
    try {
      const waitMs = exchange();
      failures = 0;
      if (!closing && held.size < concurrency) later = setTimeout(wake, waitMs);
    } catch (error) {
      failures += 1;
      if (closing && failures >= LAST_TRIES) forget(finished());
      later = setTimeout(wake, Math.min(1000, pollMs * 2 ** failures));
      report(error);
    }
    if (closing && held.size === 0) finish();
  }

  /** Writes what has finished, starts what it takes, and says how long to wait before the next look. */
  function exchange(): number {
    const done = finished();
    const room = closing ? 0 : concurrency - held.size + done.length;
    const taken = queue.exchange(done, room);
    forget(done);
    for (const hold of taken) {
      held.add(hold);
      void run(hold);
    }
    idleMs = taken.length > 0 ? pollMs : Math.min(idleMs * 2, pollMs * 4);
    return idleMs;
  }

  async function run(hold: Hold): Promise<void> {
    try {
      hold.verdict = await handle(hold.delivery);
    } catch (error) {
      hold.verdict = "nack";
      report(error);
    } finally {
      wake();
    }
  }

  function extend(): void {
    if (held.size === 0) return;
    try {
      queue.extend(held);
    } catch (error) {
      report(error);
    }
  }

  const finished = () => [...held].filter((hold) => hold.verdict !== undefined);

  function forget(holds: readonly Hold[]): void {
    for (const hold of holds) held.delete(hold);
  }

  function finish(): void {
    clearInterval(extension);
    clearTimeout(later);
    onEnd();
    end();
  }

  return {
    subscription: queue.subscription,
    wake,
    close() {
      closing = true;
      wake();
      return ended;
    },
  };
}
