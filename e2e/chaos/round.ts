import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@fanfare/demo/random";
import { stopChildren } from "@fanfare/local/installation/place";
import { isFinished } from "@fanfare/shared/domain/broadcast";
import { OPERATOR } from "../testing/clock/wall-clocks.ts";
import { actAsApp } from "./app.ts";
import type { Befallen } from "./bus-mischief.ts";
import { createChance } from "./chance.ts";
import { stepClocks } from "./clock.ts";
import { holdAndResume } from "./hold.ts";
import { type Done, type Judgement, judgeRound } from "./judge.ts";
import { killAsPlanned } from "./kill.ts";
import { resumeHeld } from "./operator.ts";
import type { Plan } from "./plan.ts";
import { countOdd, countRefused } from "./seen.ts";
import { castSpells, excusesOf } from "./spell.ts";
import { type Stage, setStage } from "./stage.ts";
import { stallAsPlanned } from "./stall.ts";
import { submitAll } from "./submit-all.ts";
import { makeTrouble } from "./trouble.ts";
import { until } from "./until.ts";

export interface RoundReport extends Befallen {
  broadcasts: number;
  /** Members of all broadcasts. */
  members: number;
  kills: number;
  /** Processes that were stalled. */
  stalls: number;
  clockSteps: number;
  /** Attempts that FCM did not answer as it should have. */
  faults: number;
  /** Members that FCM refused though their addresses live. */
  refused: number;
  held: boolean;
  repeats: number;
  possibleRepeats: number;
  pruned: number;
  refreshed: number;
  seconds: number;
}

export type RoundResult =
  | { kind: "kept"; report: RoundReport }
  /** `data` is the folder that was left for whoever looks into it. */
  | { kind: "broken"; findings: string[]; data: string };

/**
 * Longer than what is ever waited for: a pruning whose message was lost is asked for again after 20 seconds, and an
 * audience most of which is dead is sent to slowly.
 */
const DEADLINE_MS = { file: 240_000, emulators: 300_000 };
/** On the emulators a look costs them more than it costs a file. */
const LOOK_EVERY_MS = { file: 50, emulators: 250 };

/**
 * Plays one round: processes, messages and FCM go wrong as planned until every broadcast is over, then all promises
 * are checked. Whatever happens, no process of it is left behind.
 * @throws the signal's reason, once it is aborted
 */
export async function playRound(plan: Plan, emulators: boolean, signal: AbortSignal): Promise<RoundResult> {
  const data = await mkdtemp(join(tmpdir(), "fanfare-chaos-"));
  const startedAt = performance.now();
  try {
    const { findings, ...rest } = await perform(plan, emulators, data, signal);
    if (findings.length > 0) return { kind: "broken", findings, data };
    await rm(data, { recursive: true, force: true });
    return { kind: "kept", report: { ...rest, seconds: secondsSince(startedAt) } };
  } catch (error) {
    if (!signal.aborted) return { kind: "broken", findings: [String((error as Error).stack)], data };
    await rm(data, { recursive: true, force: true });
    throw signal.reason;
  }
}

const secondsSince = (startedAt: number) => Math.round((performance.now() - startedAt) / 100) / 10;

async function perform(plan: Plan, emulators: boolean, data: string, signal: AbortSignal) {
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  const over = AbortSignal.any([signal, ending.signal]);
  const lines = createWriteStream(join(data, "services.log"));
  closing.defer(() => void lines.end());
  const stage = await setStage(plan, emulators, data, {
    closing,
    signal: over,
    onDeath: (reason) => ending.abort(reason),
    onLog: (line) => void lines.write(`${line}\n`),
  });
  const { kills, stalls, clockSteps, ...done } = await play(plan, stage, emulators, ending, over);
  await stopChildren(stage.children);
  const judgement = await judgeRound(stage, done, excusesOf(plan));
  const played = { ...stage.befallen(), kills, stalls, clockSteps };
  return { findings: judgement.findings, ...summarize(judgement, done, stage), ...played };
}

/** Everything that goes on at once. The first that fails ends the others. */
async function play(
  plan: Plan,
  stage: Stage,
  emulators: boolean,
  ending: AbortController,
  signal: AbortSignal,
): Promise<Done & Pick<RoundReport, "kills" | "stalls" | "clockSteps">> {
  const chance = createChance(createRandom(`${plan.seed} broadcasts`));
  const where = emulators ? "emulators" : "file";
  const early = stepBefore(plan, stage);
  const broadcasts = await submitAll(plan.broadcasts, stage, chance);
  const ids = broadcasts.map(({ id }) => id);
  const due = ids.filter((_, index) => plan.broadcasts[index]?.dueAfterMs === 0);
  const [first] = broadcasts;
  let over = false;
  const timer = setTimeout(
    async () => ending.abort(await describeStandstill(stage, ids)),
    DEADLINE_MS[where],
  );
  const all = await together(ending, [
    killAsPlanned(plan.kills, stage, () => over, signal),
    actAsApp(plan, stage, ids, chance, signal),
    first ? holdAndResume(stage, first, plan, signal) : null,
    makeTrouble(plan.troubles, stage.simulator, signal),
    castSpells(plan.spells, stage.simulator, signal),
    resumeHeld(stage, ids, plan, () => over, signal),
    stallAsPlanned(plan.stalls, stage, () => over, signal),
    plan.clock ? stepClocks(plan.clock, stage, due, () => over, signal) : 0,
    until(() => areOver(stage, ids), LOOK_EVERY_MS[where], signal).then(() => {
      over = true;
    }),
  ]).finally(() => clearTimeout(timer));
  const [kills, written, held, , , , stalls, steps] = all;
  return { ids, kills, written, held, stalls, clockSteps: early + steps };
}

/** @returns how often clocks have been wrong by the time of the submission */
function stepBefore({ clock }: Plan, { clocks, children }: Stage): number {
  if (!clock) return 0;
  const { importedMs, submittedMs } = clock;
  if (submittedMs !== 0) clocks.step([...Object.keys(children), OPERATOR], submittedMs);
  return [importedMs, submittedMs].filter((ms) => ms !== 0).length;
}

/** What stood, when it was time for everything to be over. */
async function describeStandstill({ store }: Stage, ids: readonly string[]): Promise<Error> {
  const lines = ids.map(async (id) => {
    const broadcast = await store.broadcasts.get(id);
    const { openRanges, openChunks, open } = await store.ledger.standing(id);
    const { phase, gates, pruning, owes } = broadcast ?? {};
    const work = await store.ledger.openWork(id, 5);
    return JSON.stringify({ id, phase, gates, pruning, owes, openRanges, openChunks, open, work });
  });
  return new Error(`not everything was over in time: ${(await Promise.all(lines)).join(" ")}`);
}

/** Waits for all of them, also where one fails: nothing may be at work on a store that is closed. */
async function together<T extends readonly unknown[]>(
  ending: AbortController,
  work: readonly [...{ [Index in keyof T]: T[Index] | Promise<T[Index]> }],
): Promise<T> {
  const guarded = work.map(async (one) => {
    try {
      return await one;
    } catch (error) {
      ending.abort(error);
      throw ending.signal.reason;
    }
  });
  await Promise.allSettled(guarded);
  return (await Promise.all(guarded)) as unknown as T;
}

async function areOver({ store }: Stage, ids: readonly string[]): Promise<boolean> {
  const all = await Promise.all(ids.map((id) => store.broadcasts.get(id)));
  return all.every((one) => one && isFinished(one.phase) && one.pruning.state !== "owed");
}

function summarize({ seen, stats, pruned }: Judgement, { written, held }: Done, { population }: Stage) {
  const sum = (count: (one: Judgement["seen"][number]) => number) =>
    seen.reduce((total, one) => total + count(one), 0);
  const answers = sum(({ log }) => countOdd(log, population.natures));
  const unanswered = stats.dropped + stats.stalled + stats.unprocessed;
  return {
    broadcasts: seen.length,
    members: sum(({ books }) => books.resolved),
    faults: answers + unanswered,
    refused: sum(({ chunks }) => countRefused(chunks)),
    held: held !== null,
    repeats: stats.repeats,
    possibleRepeats: sum(({ books }) => books.possibleRepeats),
    pruned,
    refreshed: written.refreshed.length,
  };
}
