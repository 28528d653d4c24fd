import type { Books } from "@fanfare/shared/domain/books";
import type { Phase } from "@fanfare/shared/domain/broadcast";
import { booksTable } from "../books-table.ts";

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
  killsInFlight: number;
  /** What `possibleRepeats` may be at most: members leased at the kills, and unsure answers that were retried. */
  repeatsBound: number;
  simulator: { accepted: number; addresses: number; repeats: number; shownTwice: number };
  seconds: number;
  perSecond: number;
  peakRssMb: Record<string, number>;
}

export interface Verdict {
  ok: boolean;
  /** Each thing that is checked, and whether it holds. */
  checks: [text: string, holds: boolean][];
}

/** Judges a run. Everything here must hold for exit code 0. */
export function judgeRun(
  report: DemoReport,
  facts: { expectedPruned: number; deadLeft: number; chaos: boolean; repeatsAllowed: boolean },
): Verdict {
  const { simulator } = report;
  const checks: Verdict["checks"] = [
    ["the books balance, address by address", report.balanced],
    ["nothing is open", report.open === 0],
    ["nothing is unknown", report.unknown === 0],
    ["no phone shows the notification twice", simulator.shownTwice === 0],
    ["exactly the dead were pruned", report.pruned === facts.expectedPruned && facts.deadLeft === 0],
    [
      "every repeat was counted beforehand",
      simulator.repeats <= report.possibleRepeats && report.possibleRepeats <= report.repeatsBound,
    ],
  ];
  if (!facts.repeatsAllowed) checks.push(["nobody was sent to twice", simulator.repeats === 0]);
  if (facts.chaos)
    checks.push(["the sender was killed at least 3 times in mid-send", report.killsInFlight >= 3]);
  return { ok: checks.every(([, holds]) => holds), checks };
}

/** The report as a person reads it. */
export function printReport(report: DemoReport, books: Books, verdict: Verdict): void {
  const { simulator, peakRssMb } = report;
  console.log(`\nBooks of ${report.broadcastId}: ${report.state}\n${booksTable(books, report.pruned)}`);
  console.log(
    `\nOn the phones: ${simulator.addresses} show the notification once, ${simulator.shownTwice} show it twice.`,
  );
  console.log(
    `FCM accepted ${simulator.accepted} messages, ${simulator.repeats} of them repeats that replaced the first.`,
  );
  if (report.killsInFlight > 0)
    console.log(`The sender was killed ${report.killsInFlight} times in mid-send.`);
  const memory = Object.entries(peakRssMb).map(([name, megabytes]) => `${name} ${megabytes} MB`);
  console.log(
    `${report.seconds} s, ${report.perSecond} registrations a second; peak memory: ${memory.join(", ")}.\n`,
  );
  for (const [text, holds] of verdict.checks) console.log(`${holds ? "✓" : "✗"} ${text}`);
}
