import type { RoundReport } from "./round.ts";
import type { TrialReport } from "./trial.ts";

/** What a person reads of a round. */
export function describeRound({ seed, kind, findings, sent, books }: RoundReport): string {
  const what = `${kind}, seed ${seed}: stopped after ${sent} attempts: ${inWords(books)}`;
  return [`${markOf(findings)} ${what}`, ...findings].join("\n  ");
}

/** What a person reads of a trial. */
export function describeTrial({ seed, leaseSeconds, stop, findings, books, ...plan }: TrialReport): string {
  const stalled = plan.stalled === "one" ? "one sender" : "each sender";
  const what = `seed ${seed}, lease ${leaseSeconds} s: ${stop} while ${stalled} stalled, ${plan.pressure}`;
  const again = `again: npm run stops -- --stall --seed ${seed} --lease ${leaseSeconds}`;
  const rest = findings.length === 0 ? [] : [...findings, again];
  return [`${markOf(findings)} ${what}: ${inWords(books)}`, ...rest].join("\n  ");
}

/** The last word on all trials: what went out late at each lease. */
export function describeTrials(trials: readonly TrialReport[]): string {
  const leases = [...new Set(trials.map(({ leaseSeconds }) => leaseSeconds))].sort((a, b) => a - b);
  const lines = leases.map((lease) => {
    const some = trials.filter(({ leaseSeconds }) => leaseSeconds === lease);
    const bad = some.filter(({ findings }) => findings.length > 0).length;
    const late = some.reduce((sum, trial) => sum + Math.max(trial.late.begun, trial.late.whole), 0);
    return `lease ${lease} s: ${some.length} trial${some.length === 1 ? "" : "s"}, ${bad} failed, ${late} messages went out after a stop`;
  });
  return lines.join("\n");
}

const markOf = (findings: readonly string[]) => (findings.length === 0 ? "✓" : "✗");

function inWords(books: RoundReport["books"]): string {
  const { accepted = 0, cancelled = 0, unknown = 0, unresolvedAbout = 0 } = books ?? {};
  return `${accepted} accepted, ${cancelled} cancelled, ${unknown} unknown, about ${unresolvedAbout} unresolved`;
}
