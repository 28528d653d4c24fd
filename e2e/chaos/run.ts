import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEmulators } from "@fanfare/local/emulators/find";
import { startEmulators } from "@fanfare/local/emulators/start";
import { onInterrupt } from "@fanfare/terminal/interrupt";
import { showProgress } from "@fanfare/terminal/progress";
import type { ChaosOptions } from "./options.ts";
import { drawPlan } from "./plan.ts";
import { type ChaosReport, describeRound, makeReport } from "./report.ts";
import { playRound, type RoundResult } from "./round.ts";
import { EMULATED_TIMES, TIMES } from "./stage.ts";

/** Plays every round, one after another, and tells of each. @throws Interrupted */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { rounds, seed, emulators, faults } = options;
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  onInterrupt((reason) => ending.abort(reason));
  const cache = await mkdtemp(join(tmpdir(), "fanfare-chaos-cache-"));
  closing.defer(() => rm(cache, { recursive: true, force: true }));
  // For the stores of this process as well. Processes start again and again: their compiled code is kept.
  Object.assign(process.env, emulators ? EMULATED_TIMES : TIMES, { NODE_COMPILE_CACHE: cache });
  if (emulators) await startForAll(closing);
  const startedAt = performance.now();
  const progress = showProgress("chaos", rounds.length, "rounds");
  const results: { round: number; result: RoundResult }[] = [];
  for (const round of rounds) {
    const result = await playRound(drawPlan(seed, round, emulators, faults), emulators, ending.signal);
    results.push({ round, result });
    progress.say(describeRound(round, result, options));
    progress.update(results.length);
  }
  progress.end();
  return makeReport(options, results, Math.round((performance.now() - startedAt) / 1_000));
}

/** One pair of emulators for all rounds, each of which has a project of its own on them. */
async function startForAll(closing: AsyncDisposableStack): Promise<void> {
  const { pubsubHost, firestoreHost, close } = await startEmulators(findEmulators());
  closing.defer(close);
  Object.assign(process.env, { PUBSUB_EMULATOR_HOST: pubsubHost, FIRESTORE_EMULATOR_HOST: firestoreHost });
}
