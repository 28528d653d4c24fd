import type { Books } from "@fanfare/shared/domain/books";
import type { Broadcast, Phase } from "@fanfare/shared/domain/broadcast";
import { peakRssMb } from "@fanfare/shared/runtime/process";
import { booksTable } from "../books-table.ts";
import type { Kills } from "./chaos.ts";
import type { Finding } from "./check-books.ts";
import type { PruningFinding } from "./check-pruning.ts";
import type { Check } from "./judge.ts";
import type { Stage } from "./stage.ts";

/** The demo's outcome, as `--json` prints it. */
export interface DemoReport {
  broadcastId: string;
  state: Phase;
  resolved: number;
  accepted: number;
  rejected: Record<string, number>;
  expired: number;
  cancelled: number;
  unknown: number;
  open: number;
  pruned: number;
  possibleRepeats: number;
  balanced: boolean;
  /** How often any process was killed, and how often a sender was in mid-send. */
  kills: number;
  killsInFlight: number;
  /** What `possibleRepeats` may be at most: members leased at the kills, and unsure answers that were retried. */
  repeatsBound: number;
  simulator: { accepted: number; addresses: number; repeats: number; shownTwice: number };
  seconds: number;
  perSecond: number;
  peakRssMb: Record<string, number>;
}

/** What came of the demo's broadcast. */
export interface Run {
  broadcast: Broadcast;
  books: Books;
  kills: Kills;
  seconds: number;
}

export async function makeReport(
  { children, simulator }: Pick<Stage, "children" | "simulator">,
  { broadcast, books, kills, seconds }: Run,
  finding: Finding,
  { pruned }: PruningFinding,
): Promise<DemoReport> {
  const { accepted, addresses, repeats, shownTwice, peakRssMb: simulatorMb } = await simulator.stats();
  const { resolved, rejected, expired, cancelled, unknown, open, possibleRepeats } = books;
  const services = Object.entries(children).map(([name, child]) => [name, child.peakRssMb()]);
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
    pruned,
    possibleRepeats,
    balanced: finding.balanced,
    kills: kills.all,
    killsInFlight: kills.inFlight,
    repeatsBound: kills.leasedMembers + finding.retriedUnsure,
    simulator: { accepted, addresses, repeats, shownTwice },
    seconds: Number(seconds.toFixed(2)),
    perSecond: Math.round(resolved / seconds),
    peakRssMb: { ...Object.fromEntries(services), simulator: simulatorMb, demo: peakRssMb() },
  };
}

/** The report as a person reads it. */
export function printReport(report: DemoReport, books: Books, checks: readonly Check[]): void {
  const { broadcastId, state, pruned, simulator, killsInFlight, seconds, perSecond } = report;
  const memory = Object.entries(report.peakRssMb).map(([name, megabytes]) => `${name} ${megabytes} MB`);
  const lines = [
    `\nBooks of ${broadcastId}: ${state}`,
    booksTable(books, pruned),
    `\nOn the phones: ${simulator.addresses} show the notification, ${simulator.shownTwice} of them twice.`,
    `FCM accepted ${simulator.accepted} messages, ${simulator.repeats} of them repeats that replaced the first.`,
    ...(report.kills > 0
      ? [`Processes were killed ${report.kills} times, senders in mid-send ${killsInFlight} times.`]
      : []),
    `${seconds} s, ${perSecond} registrations a second; peak memory: ${memory.join(", ")}.\n`,
    ...checks.map(({ text, holds }) => `${holds ? "✓" : "✗"} ${text}`),
  ];
  console.log(lines.join("\n"));
}
