import { judgeLines } from "./lines.ts";
import { MAY_HOLD_MB } from "./memory.ts";
import { type FuzzOptions, replayCommand } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import type { Latencies } from "./probe.ts";
import type { Secrets } from "./secrets.ts";
import type { Target } from "./targets.ts";

/** What was seen of a run. */
export interface Facts {
  outcomes: readonly Outcome[];
  seconds: number;
  /** Good calls without the flood, and under it. */
  quiet: Latencies | undefined;
  loud: Latencies | undefined;
  /** How each function answers a good request at the end. */
  well: Map<string, string>;
  stores: { documents: number; faults: string[] };
  /** By function, the most memory before the flood, and in all. */
  memory: Record<"before" | "after", Map<string, number | undefined>>;
  ends: Map<string, { code: number | NodeJS.Signals; output: string }>;
}

export interface FunctionReport {
  name: string;
  /** How often each status was answered; 0 for no answer. */
  statuses: Record<string, number>;
  /** The most memory held (resident set), in megabytes, before the flood and in all. */
  peakMb: { before: number | undefined; after: number | undefined };
  lines: number;
  kinds: Record<string, number>;
  again: string[];
}

/** What a run came to, as `--json` prints it. */
export interface FuzzReport {
  seed: string;
  requests: number;
  seconds: number;
  /** The command that sends the same again. */
  command: string;
  findings: string[];
  functions: FunctionReport[];
  /** How often each kind of request was sent. */
  kinds: Record<string, number>;
  documents: number;
  quiet: Latencies | undefined;
  loud: Latencies | undefined;
}

export function makeReport(options: FuzzOptions, facts: Facts, secrets: Secrets): FuzzReport {
  const { outcomes, seconds, quiet, loud, stores } = facts;
  const functions = options.targets.map((target) => describeFunction(target, facts, secrets));
  return {
    seed: options.seed,
    requests: outcomes.length,
    seconds: Math.round(seconds),
    command: replayCommand(options),
    findings: [
      ...outcomes.flatMap(({ index, target, kind, faults }) =>
        faults.map((fault) => `request ${index} (${kind}) to ${target}: ${fault}`),
      ),
      ...stores.faults,
      ...functions.flatMap(({ faults }) => faults),
    ],
    functions: functions.map(({ faults, ...one }) => one),
    kinds: countOf(outcomes.map(({ kind }) => kind)),
    documents: stores.documents,
    quiet,
    loud,
  };
}

function describeFunction(
  target: Target,
  facts: Facts,
  secrets: Secrets,
): FunctionReport & { faults: string[] } {
  const { name } = target;
  const own = facts.outcomes.filter((one) => one.target === name);
  const { code, output = "" } = facts.ends.get(name) ?? {};
  const judged = judgeLines(output, facts.seconds / 60, secrets);
  const peak = { before: facts.memory.before.get(name), after: facts.memory.after.get(name) };
  const well = facts.well.get(name) ?? "";
  const faults = [
    ...judged.faults,
    ...((peak.after ?? 0) > MAY_HOLD_MB ? [`held ${peak.after} MB`] : []),
    ...(/ 20[04] ?/.test(well) ? [] : [`answers a good request with ${JSON.stringify(well)} at the end`]),
    ...(code === 0 ? [] : [`ended with ${code} when it was asked to end`]),
  ];
  return {
    name,
    statuses: countOf(own.flatMap(({ statuses }) => (statuses.length === 0 ? ["0"] : statuses.map(String)))),
    peakMb: peak,
    lines: judged.lines,
    kinds: judged.kinds,
    again: judged.again,
    faults: faults.map((fault) => `${name}: ${fault}`),
  };
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Findings that are told one by one; they are alike, mostly. */
const TOLD = 30;

/** What a person reads of a run. */
export function describeReport(report: FuzzReport): string {
  const { seed, requests, seconds, findings, functions, documents, quiet, loud } = report;
  const isGood = findings.length === 0;
  return [
    `${isGood ? "✓" : "✗"} ${requests} requests of seed ${seed} in ${seconds} s, ${documents} documents at the end`,
    ...functions.map(describeOne),
    ...(quiet ? [`good registrations without the flood: ${inWords(quiet)}`] : []),
    ...(loud ? [`good registrations under the flood: ${inWords(loud)}`] : []),
    ...functions.flatMap(({ again }) => again),
    ...findings.slice(0, TOLD),
    ...(findings.length > TOLD ? [`and ${findings.length - TOLD} more findings`] : []),
    ...(isGood ? [] : [`again: ${report.command}`]),
  ].join("\n  ");
}

function describeOne({ name, statuses, peakMb, lines }: FunctionReport): string {
  const answers = Object.entries(statuses).map(
    ([status, count]) => `${status === "0" ? "none" : status} ${count}`,
  );
  const memory =
    peakMb.after === undefined
      ? "memory not known"
      : `${peakMb.before} MB at first, ${peakMb.after} MB at most`;
  return `${name}: ${memory}; ${lines} log lines; ${answers.join(", ")}`;
}

const inWords = ({ calls, p50, p99, max, failed }: Latencies) =>
  `${calls} calls, p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms${failed.length > 0 ? `, ${failed.length} failed (${[...new Set(failed)].join()})` : ""}`;
