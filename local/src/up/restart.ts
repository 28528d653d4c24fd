import { setTimeout as sleep } from "node:timers/promises";
import type { Child } from "../child.ts";

const WITHIN_MS = 60_000;
/** Restarts within that time. One that dies at each start would otherwise keep the machine busy with nothing else. */
const MOST = 5;

/** How long to wait before a process is started again, by the times at which it died, the last of them being now. */
export function restartDelayMs(deaths: readonly number[]): number {
  const [now = 0, before] = [deaths.at(-1), deaths.at(-1 - MOST)];
  return before === undefined ? 0 : Math.max(0, before + WITHIN_MS - now);
}

/** Starts processes again that died, until the signal says that it is enough. */
export function createRestarts(signal: AbortSignal, say: (line: string) => void) {
  const deaths: Record<string, number[]> = {};
  return async function restart(name: string, child: Child, reason: Error): Promise<void> {
    if (signal.aborted) return;
    const times = [...(deaths[name] ?? []), performance.now()].slice(-1 - MOST);
    deaths[name] = times;
    const waitMs = restartDelayMs(times);
    const when = waitMs > 0 ? ` in ${Math.ceil(waitMs / 1000)} s` : "";
    say(`${reason.message}; it is started again${when}`);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    // One that dies before it is ready is told of like any that dies.
    if (!signal.aborted) await child.start().catch(() => undefined);
  };
}
