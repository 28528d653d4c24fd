import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopChildren } from "@fanfare/local/installation/place";
import { onInterrupt } from "@fanfare/terminal/interrupt";
import { checkBooks } from "./check-books.ts";
import { checkPruning } from "./check-pruning.ts";
import { judgeRun } from "./judge.ts";
import type { DemoOptions } from "./options.ts";
import { timed } from "./phases.ts";
import { type CheckResults, makeReport, printReport, type Run } from "./report.ts";
import { audienceOf, type Device } from "./seed.ts";
import { sendAndFollow } from "./send-and-follow.ts";
import { type Stage, type StageDeps, setStage } from "./stage.ts";

/**
 * Runs the demo: seeds, sends, checks, and prints a report. Whatever happens, no process of it is left behind.
 * @returns whether all is well
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  const end = (reason: Error) => ending.abort(reason);
  onInterrupt(end);
  const { signal } = ending;
  try {
    // Waited for to its end, also when it is interrupted: nothing may be at work on a store that is closed.
    return await perform(options, { closing, onDeath: end, signal });
  } catch (error) {
    // What fails on the way to the end is no news.
    throw signal.aborted ? signal.reason : error;
  }
}

async function perform(options: DemoOptions, deps: StageDeps): Promise<boolean> {
  const { closing, signal } = deps;
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "fanfare-demo-")));
  if (options.data === undefined) closing.defer(() => rm(data, { recursive: true, force: true }));
  const stage = await setStage(options, data, deps);
  const audience = audienceOf(stage.seeded, options.platform);
  const run = await sendAndFollow(options, stage, audience.length, signal);
  // Stopped before the report, which says what they used to their end.
  await stopChildren(stage.children);
  const checked = await check(stage, run, audience, signal);
  const report = await makeReport(stage, run, checked);
  const checks = judgeRun(report, audience, checked.pruning, options);
  for (const difference of checked.finding.differences) console.error(`does not balance: ${difference}`);
  if (!options.json) printReport(report, run.books, checks);
  else {
    for (const { text, holds } of checks) if (!holds) console.error(`does not hold: ${text}`);
    console.log(JSON.stringify(report));
  }
  return checks.every(({ holds }) => holds);
}

async function check(
  { store, simulator }: Stage,
  { broadcast, books }: Run,
  audience: readonly Device[],
  signal: AbortSignal,
): Promise<CheckResults> {
  const { id } = broadcast;
  const { result, seconds } = await timed(async () => {
    const [chunks, log] = [until(signal, store.ledger.chunks(id)), until(signal, simulator.log())];
    const finding = await checkBooks({ audience, books, chunks, log });
    return { finding, pruning: await checkPruning(audience, store.registrations, id) };
  });
  return { ...result, checkingSeconds: seconds };
}

/** The items as they come. @throws the signal's reason, once it is aborted */
async function* until<T>(signal: AbortSignal, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}
