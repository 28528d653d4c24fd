import { type ChaosOptions, replayCommand } from "./options.ts";
import type { RoundReport, RoundResult } from "./round.ts";

/** What all rounds came to, as `--json` prints it. */
export interface ChaosReport {
  seed: string;
  rounds: number;
  passed: number;
  failures: Failure[];
  /** Sums over the rounds that passed. */
  totals: Totals;
  seconds: number;
}

export interface Failure {
  round: number;
  /** The command that plays it again. */
  command: string;
  findings: string[];
  /** The folder with its data file and its services' log. */
  data: string;
}

type Totals = Omit<RoundReport, "seconds" | "held"> & { held: number };

export function makeReport(
  options: ChaosOptions,
  results: readonly { round: number; result: RoundResult }[],
  seconds: number,
): ChaosReport {
  const failures: Failure[] = [];
  const totals = { ...NOTHING };
  for (const { round, result } of results) {
    if (result.kind === "kept") addTo(totals, result.report);
    else {
      const { findings, data } = result;
      failures.push({ round, command: replayCommand(options, round), findings, data });
    }
  }
  const passed = results.length - failures.length;
  return { seed: options.seed, rounds: results.length, passed, failures, totals, seconds };
}

const NOTHING: Totals = {
  broadcasts: 0,
  members: 0,
  kills: 0,
  stalls: 0,
  clockSteps: 0,
  lost: 0,
  doubled: 0,
  delayed: 0,
  faults: 0,
  refused: 0,
  held: 0,
  repeats: 0,
  possibleRepeats: 0,
  pruned: 0,
  refreshed: 0,
};

function addTo(totals: Totals, report: RoundReport): void {
  for (const key of Object.keys(totals) as (keyof Totals)[]) totals[key] += Number(report[key]);
}

/** What a person reads of a round. */
export function describeRound(round: number, result: RoundResult, options: ChaosOptions): string {
  if (result.kind === "kept") return `✓ round ${round}: ${describe(result.report)}`;
  const { findings, data } = result;
  const lines = findings.map((finding) => `    ${finding}`);
  return [
    `✗ round ${round}:`,
    ...lines,
    `  left in ${data}`,
    `  again: ${replayCommand(options, round)}`,
  ].join("\n");
}

function describe(report: RoundReport): string {
  const { lost, doubled, delayed, faults, repeats, possibleRepeats, pruned, seconds } = report;
  const parts = [
    `${count(report.broadcasts, "broadcast")} to ${report.members} members`,
    ...disturbances(report),
    `messages ${lost} lost, ${doubled} doubled, ${delayed} late`,
    `${count(faults, "fault")}, ${report.refused} refused`,
    ...(report.held ? ["held"] : []),
    `${repeats} repeats of ${possibleRepeats} possible`,
    `${pruned} pruned, ${report.refreshed} refreshed`,
  ];
  return `${parts.join("; ")}; ${seconds} s`;
}

/** What befell processes. */
function disturbances({
  kills,
  stalls,
  clockSteps,
}: Pick<Totals, "kills" | "stalls" | "clockSteps">): string[] {
  return [count(kills, "kill"), count(stalls, "stall"), count(clockSteps, "clock step")];
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;

/** The last word on all rounds. */
export function describeAll({ rounds, passed, failures, totals, seconds, seed }: ChaosReport): string {
  const { lost, doubled, delayed, faults, refused, members } = totals;
  return [
    `${passed} of ${count(rounds, "round")} of seed ${seed} kept every promise in ${seconds} s:`,
    `${disturbances(totals).join(", ")}, messages ${lost} lost, ${doubled} doubled, ${delayed} late, ${count(faults, "fault")}, ${refused} refused, ${members} members.`,
    ...failures.map(({ round, command }) => `Round ${round} did not. Again: ${command}`),
  ].join("\n");
}
