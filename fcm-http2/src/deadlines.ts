/**
 * Things in the order they were added, each to be removed within the same time. The oldest is therefore always the
 * first to run out, and one timer is enough for all: a timer for each message would cost more than the message.
 */
export interface Deadlines<T> extends Iterable<T> {
  add(item: T): void;
  /** False if the item was not there (any more), so that whoever gets `true` is the only one to answer it. */
  remove(item: T): boolean;
  has(item: T): boolean;
  size(): number;
}

interface Expiring {
  /** Milliseconds of `performance.now()`; set by `add`. */
  deadline: number;
}

/** `onExpired` is called with an item that was not removed within `ttlMs`; the item is removed by then. */
export function createDeadlines<T extends Expiring>(
  ttlMs: number,
  onExpired: (item: T) => void,
): Deadlines<T> {
  const items = new Set<T>();
  let timer: NodeJS.Timeout | undefined;

  function sweep(): void {
    timer = undefined;
    const now = performance.now();
    const expired: T[] = [];
    for (const item of items) {
      if (item.deadline > now) {
        timer = setTimeout(sweep, Math.ceil(item.deadline - now));
        break;
      }
      items.delete(item);
      expired.push(item);
    }
    for (const item of expired) onExpired(item);
  }

  /** Keeps the process alive while something is waiting, and not a moment longer. */
  function holdProcess(): void {
    if (items.size === 0) timer?.unref();
    else timer?.ref();
  }

  return {
    add(item) {
      item.deadline = performance.now() + ttlMs;
      items.add(item);
      timer ??= setTimeout(sweep, ttlMs);
      if (items.size === 1) holdProcess();
    },
    remove(item) {
      const removed = items.delete(item);
      if (items.size === 0) holdProcess();
      return removed;
    },
    has: (item) => items.has(item),
    size: () => items.size,
    [Symbol.iterator]: () => items.values(),
  };
}
