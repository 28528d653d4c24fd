import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "@fanfare/demo/random";
import { broadcastId } from "@fanfare/shared/domain/ids";
import { showProgress } from "@fanfare/terminal/progress";
import { userOf } from "./seed.ts";
import { CALLER, type Stage } from "./stage.ts";

/**
 * One in each tenth of a second, at a moment by chance: at a steady pace it would meet the bus's looks at its file always
 * at the same distance. The pace never waits for those before: a pipeline that is late gets no rest for it.
 */
const EVERY_MS = 100;
const MOST_USERS = 5;

/** How long it took from submitting a broadcast until the last of its messages was accepted, in ms. */
export interface Latencies {
  p50: number;
  p99: number;
  max: number;
}

/** Submits `count` small broadcasts, ten a second, and waits until all were accepted. */
export async function sendSmall(
  stage: Stage,
  name: string,
  count: number,
  signal: AbortSignal,
): Promise<Latencies> {
  const progress = showProgress(name, count, "broadcasts");
  const random = createRandom(name);
  const startedAt = performance.now();
  const sent: Promise<number>[] = [];
  let done = 0;
  for (let index = 0; index < count; index++) {
    const at = startedAt + (index + random()) * EVERY_MS;
    await sleep(Math.max(0, at - performance.now()), undefined, { signal });
    const one = sendOne(stage, `${name} ${index}`, index);
    // What fails is heard of at the end.
    one.then(() => progress.update(++done)).catch(() => undefined);
    sent.push(one);
  }
  const times = await Promise.all(sent);
  progress.end();
  return latenciesOf(times);
}

async function sendOne({ simulator, submit }: Stage, key: string, index: number): Promise<number> {
  const devices = 1 + (index % MOST_USERS);
  const users = Array.from({ length: devices }, (_, place) => userOf(index * MOST_USERS + place));
  const accepted = simulator.accepted({ broadcast: broadcastId(CALLER, key), devices });
  const submittedAt = Date.now();
  await submit(key, { users });
  return (await accepted) - submittedAt;
}

function latenciesOf(times: readonly number[]): Latencies {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
