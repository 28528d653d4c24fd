import type { Nature } from "@fanfare/simulator";
import { LEAST_KILLS } from "./chaos.ts";
import type { PruningFinding } from "./check-pruning.ts";
import type { DemoOptions } from "./options.ts";
import type { DemoReport, Judgement } from "./report.ts";
import type { Device } from "./seed.ts";

/** Judges a run. Everything here must hold for exit code 0. */
export function judgeRun(
  report: DemoReport,
  audience: readonly Device[],
  pruning: PruningFinding,
  {
    chaos,
    faults,
    emulators,
    flutterflow,
  }: Pick<DemoOptions, "chaos" | "faults" | "emulators" | "flutterflow">,
): Judgement[] {
  const { simulator, possibleRepeats, repeatsBound } = report;
  const checks: Judgement[] = [];
  const check = (text: string, holds: boolean) => checks.push({ text, holds });
  check("the books balance, address by address", report.balanced);
  check("nothing is open", report.open === 0);
  check("nothing is unknown", report.unknown === 0);
  check("the live were accepted, and all others rejected for what they are", isAsSeeded(report, audience));
  check("no phone shows the notification twice", simulator.shownTwice === 0);
  check("exactly the dead were pruned", pruning.pruned === pruning.expected && pruning.left === 0);
  check(
    "every repeat was counted beforehand",
    simulator.repeats <= possibleRepeats && possibleRepeats <= repeatsBound,
  );
  if (flutterflow)
    check(
      "the document has its answer, with what FCM accepted",
      report.document?.answer?.status === report.state && report.document.answer.num_sent === report.accepted,
    );
  if (!chaos && faults !== "all") check("nobody was sent to twice", simulator.repeats === 0);
  if (chaos && emulators) check(`at least ${LEAST_KILLS} processes were killed`, report.kills >= LEAST_KILLS);
  else if (chaos)
    check(
      `the sender was killed at least ${LEAST_KILLS} times in mid-send`,
      report.killsInFlight >= LEAST_KILLS,
    );
  return checks;
}

/** Whether the live devices were accepted, and the others rejected for what they are. */
function isAsSeeded({ state, accepted, rejected }: DemoReport, audience: readonly Device[]): boolean {
  const seeded = (nature: Nature) => audience.filter((device) => device.nature === nature).length;
  const isReached = audience.length === 0 || seeded("fine") > 0;
  return (
    state === (isReached ? "succeeded" : "failed") &&
    accepted === seeded("fine") &&
    (rejected.UNREGISTERED ?? 0) === seeded("dead") &&
    (rejected.SENDER_ID_MISMATCH ?? 0) === seeded("foreign") &&
    (rejected.INVALID_ARGUMENT ?? 0) === seeded("malformed")
  );
}
