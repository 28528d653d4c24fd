import type { Process, World } from "./world.ts";

/** Methods that return a sequence: each of its items is a step of its own. */
const SEQUENCES = new Set(["read", "chunks"]);

/** A port as one process sees it: every call waits for its turn in the world. */
export function inWorld<T extends object>(world: World, process: Process, port: T): T {
  return new Proxy(port, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...request: unknown[]) => unknown;
      return (...request: unknown[]) => {
        if (SEQUENCES.has(String(name)))
          return itemByItem(world, process, String(name), method(...request) as AsyncIterable<unknown>);
        return world.turn(process, String(name), async () => method(...request));
      };
    },
  });
}

async function* itemByItem<T>(
  world: World,
  process: Process,
  name: string,
  items: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const next = await world.turn(process, name, () => iterator.next());
    if (next.done) return;
    yield next.value;
  }
}
