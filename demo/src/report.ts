import type { Books } from "@fanfare/shared/domain/books";
import type { Broadcast, Phase } from "@fanfare/shared/domain/broadcast";
import { ownUsage, type ProcessUsage } from "@fanfare/shared/hosting/process";
import { booksTable } from "@fanfare/terminal/books-table";
import type { Kills } from "./chaos.ts";
import type { BooksFinding } from "./check-books.ts";
import type { PruningFinding } from "./check-pruning.ts";
import type { Phases } from "./phases.ts";
import type { Stage } from "./stage.ts";

/** The demo's outcome, as `--json` prints it. */
export interface DemoReport extends Omit<Books, "withoutAddress" | "spaced" | "late" | "unresolvedAbout"> {
  broadcastId: string;
  state: Phase;
  pruned: number;
  balanced: boolean;
  /** How often any process was killed, and how often a sender was in mid-send. */
  kills: number;
  killsInFlight: number;
  /** What `possibleRepeats` may be at most: members leased at the kills, and unsure answers that were retried. */
  repeatsBound: number;
  simulator: { accepted: number; addresses: number; repeats: number; shownTwice: number };
  /** With --flutterflow: the document that asked, and what was written back to it. */
  document?: Asking | undefined;
  /** From submitting the broadcast until it has finished and pruned. */
  seconds: number;
  perSecond: number;
  phases: Phases;
  /** By process: the most memory it has held, in megabytes. */
  peakRssMb: Record<string, number>;
  /**
   * By process: its processor time so far. Of a service that was killed and started again it is the sum over its
   * lives, without what each of them used after it told for the last time: half a second as a rule.
   */
  cpuSeconds: Record<string, number>;
}

export interface Asking {
  path: string;
  answer: Record<string, unknown> | null;
}

/** What came of the demo's broadcast. */
export interface Run {
  broadcast: Broadcast;
  books: Books;
  kills: Kills;
  phases: Omit<Phases, "seeding" | "checking">;
  document?: Asking | undefined;
}

/** One thing that a run is judged by, in words. */
export interface Judgement {
  text: string;
  holds: boolean;
}

/** What came of checking it. */
export interface CheckResults {
  finding: BooksFinding;
  pruning: PruningFinding;
  checkingSeconds: number;
}

export async function makeReport(
  stage: Pick<Stage, "children" | "simulator" | "seedingSeconds">,
  { broadcast, books, kills, phases, document }: Run,
  { finding, pruning, checkingSeconds }: CheckResults,
): Promise<DemoReport> {
  const stats = await stage.simulator.stats();
  const { accepted, addresses, repeats, shownTwice } = stats;
  const { resolved, rejected, expired, cancelled, unknown, open, possibleRepeats } = books;
  const seconds = phases.sending + phases.pruning;
  const usage = usageOf(stage.children, stats);
  return {
    broadcastId: broadcast.id,
    state: broadcast.phase,
    resolved,
    accepted: books.accepted,
    rejected,
    expired,
    cancelled,
    unknown,
    open,
    pruned: pruning.pruned,
    possibleRepeats,
    balanced: finding.balanced,
    kills: kills.all,
    killsInFlight: kills.inFlight,
    repeatsBound: kills.leasedMembers + finding.retriedUnsure,
    simulator: { accepted, addresses, repeats, shownTwice },
    ...(document && { document }),
    seconds: round(seconds),
    perSecond: Math.round(resolved / seconds),
    phases: mapValues({ seeding: stage.seedingSeconds, ...phases, checking: checkingSeconds }, round),
    peakRssMb: mapValues(usage, ({ peakRssMb }) => peakRssMb),
    cpuSeconds: mapValues(usage, ({ cpuSeconds }) => round(cpuSeconds)),
  };
}

/** What each process has used: the services, the simulator, and this one. */
function usageOf(children: Stage["children"], simulator: ProcessUsage): Record<string, ProcessUsage> {
  return { ...mapValues(children, (child) => child.usage()), simulator, demo: ownUsage() };
}

const round = (seconds: number) => Number(seconds.toFixed(2));

function mapValues<Key extends string, From, To>(
  record: Record<Key, From>,
  change: (value: From) => To,
): Record<Key, To> {
  const entries = Object.entries<From>(record).map(([key, value]) => [key, change(value)]);
  return Object.fromEntries(entries) as Record<Key, To>;
}

/** The report as a person reads it. */
export function printReport(report: DemoReport, books: Books, checks: readonly Judgement[]): void {
  const { broadcastId, state, pruned, simulator, killsInFlight, seconds, perSecond, document } = report;
  const lines = [
    `\nBooks of ${broadcastId}: ${state}`,
    booksTable(books, pruned),
    `\nOn the phones: ${simulator.addresses} show the notification, ${simulator.shownTwice} of them twice.`,
    `FCM accepted ${simulator.accepted} messages, ${simulator.repeats} of them repeats that replaced the first.`,
    ...(document ? [`Written back to ${document.path}: ${JSON.stringify(document.answer)}.`] : []),
    ...(report.kills > 0
      ? [`Processes were killed ${report.kills} times, senders in mid-send ${killsInFlight} times.`]
      : []),
    `${seconds} s, ${perSecond} registrations a second.`,
    `Time: ${list(report.phases, "s")}.`,
    `Processor time: ${list(report.cpuSeconds, "s")}.`,
    `Peak memory: ${list(report.peakRssMb, "MB")}.\n`,
    ...checks.map(({ text, holds }) => `${holds ? "✓" : "✗"} ${text}`),
  ];
  console.log(lines.join("\n"));
}

function list(record: object, unit: string): string {
  const entries = Object.entries(record).map(([name, value]) => `${name} ${value} ${unit}`);
  return entries.join(", ");
}
