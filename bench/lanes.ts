import { setTimeout as sleep } from "node:timers/promises";
import { TerminalError } from "@fanfare/shared/errors";
import { onInterrupt, unlessAborted } from "@fanfare/terminal/interrupt";
import { showProgress } from "@fanfare/terminal/progress";
import { type Latencies, sendSmall } from "./lanes/small-broadcasts.ts";
import { type Stage, type StageDeps, setStage } from "./lanes/stage.ts";

const LARGE = 200_000;
const SMALL = 300;
const WARM_UP = 30;
const QUOTA_PER_MINUTE = 120_000;

/** At full rate: so much of the quota, so many seconds in a row. The governor takes a minute to get there. */
const FULL_RATE = { share: 0.9, seconds: 3 };

export interface LanesResult extends Record<string, unknown> {
  quotaPerMinute: number;
  largeAudience: number;
  smallBroadcasts: number;
  /** Milliseconds from submitting a small broadcast until the last of its messages was accepted. */
  alone: Latencies;
  beside: Latencies;
  /** What FCM accepted a second while the small ones went beside the large one. */
  besidePerSecond: number;
  ratioP99: number;
}

/**
 * Measures how long small broadcasts take on their own and beside one to 200,000 devices, on the whole pipeline of
 * one machine under one quota. @throws TerminalError where the large one was not at work all the while
 */
export async function lanes({ json }: { json: boolean }): Promise<LanesResult> {
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  const end = (reason: Error) => ending.abort(reason);
  onInterrupt(end);
  const deps = { closing, onDeath: end, signal: ending.signal };
  const result = await unlessAborted(measure(deps), ending.signal);
  if (!json) print(result);
  return result;
}

async function measure(deps: StageDeps): Promise<LanesResult> {
  const { signal } = deps;
  const stage = await setStage(LARGE, QUOTA_PER_MINUTE, deps);
  await sendSmall(stage, "warming up", WARM_UP, signal);
  const alone = await sendSmall(stage, "alone", SMALL, signal);
  const { id } = await stage.submit("large", "all");
  await reachFullRate(stage, signal);
  await sendSmall(stage, "warming up again", WARM_UP, signal);
  const rate = await startCounting(stage);
  const beside = await sendSmall(stage, "beside", SMALL, signal);
  const besidePerSecond = await rate();
  if ((await stage.store.broadcasts.get(id))?.phase !== "running")
    throw new TerminalError("TOO_SHORT", "the large broadcast ended before the small ones");
  return {
    quotaPerMinute: QUOTA_PER_MINUTE,
    largeAudience: LARGE,
    smallBroadcasts: SMALL,
    alone,
    beside,
    besidePerSecond,
    ratioP99: Number((beside.p99 / alone.p99).toFixed(2)),
  };
}

/** Resolves when the large broadcast has been sent at about the quota for some seconds. */
async function reachFullRate({ simulator }: Stage, signal: AbortSignal): Promise<void> {
  const progress = showProgress("the large one speeds up", LARGE, "messages");
  let before = (await simulator.stats()).accepted;
  for (let full = 0; full < FULL_RATE.seconds; ) {
    await sleep(1_000, undefined, { signal });
    const { accepted } = await simulator.stats();
    full = accepted - before >= (QUOTA_PER_MINUTE / 60) * FULL_RATE.share ? full + 1 : 0;
    if (accepted >= LARGE) throw new TerminalError("TOO_SLOW", "the large broadcast never came to full rate");
    before = accepted;
    progress.update(accepted);
  }
  progress.end();
}

/** Begins to count what is accepted. The function returned tells how much that was a second. */
async function startCounting({ simulator }: Stage): Promise<() => Promise<number>> {
  const [before, since] = [(await simulator.stats()).accepted, performance.now()];
  return async () => {
    const { accepted } = await simulator.stats();
    return Math.round(((accepted - before) / (performance.now() - since)) * 1_000);
  };
}

function print({ alone, beside, besidePerSecond, ratioP99 }: LanesResult): void {
  const row = (name: string, { p50, p99, max }: Latencies) => ({ "small broadcasts": name, p50, p99, max });
  console.log(`From submitting a small broadcast until FCM accepted its last message, in milliseconds:`);
  console.table([row("alone", alone), row("beside a large one", beside)]);
  console.log(
    `Meanwhile FCM accepted ${besidePerSecond} messages a second. The 99th percentile grew ${ratioP99}-fold.`,
  );
}
