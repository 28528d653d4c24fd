import { setTimeout as sleep } from "node:timers/promises";

/** Looks again and again until there is something to see. @throws the signal's reason, once it is aborted */
export async function until<T>(
  look: () => Promise<T | null | false>,
  everyMs: number,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const seen = await look();
    if (seen !== null && seen !== false) return seen;
    await sleep(everyMs, undefined, { signal });
  }
}
