import type { Books } from "@fanfare/shared/domain/books";
import { play } from "./round.ts";
import { stopWhileStalled } from "./stall.ts";
import { drawStall, type StallPlan } from "./stall-plan.ts";

export interface TrialReport extends Omit<StallPlan, "faults"> {
  /** What was not as it has to be. */
  findings: string[];
  /** Messages whose header fields, or whose bodies, went out after the stop had answered. */
  late: { begun: number; whole: number };
  books: Books | null;
}

/** Stalls senders, stops the broadcast meanwhile, wakes them, and holds what became of it against FCM's own log. */
export async function playTrial(
  seed: string,
  leaseSeconds: number,
  registrations: number,
): Promise<TrialReport> {
  const { faults, ...plan } = drawStall(seed, leaseSeconds);
  const settings = { FANFARE_LEASE_SECONDS: String(leaseSeconds) };
  const { stopped, findings, books } = await play(
    { seed, registrations, after: plan.after, settings },
    (stage, signal) => stopWhileStalled(stage, { ...plan, faults }, signal),
  );
  const { sent, afterwards } = stopped;
  const late = { begun: afterwards.begun - sent.begun, whole: afterwards.attempts - sent.attempts };
  return { ...plan, findings, late, books };
}
