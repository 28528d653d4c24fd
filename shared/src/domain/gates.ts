import { type Acceptance, type Broadcast, type GateName, isAccepted, isWaiting } from "./broadcast.ts";

/** Opens a gate, and owes waking what was parked if that leaves none closed. */
export function openGate(current: Broadcast, gate: Exclude<GateName, "cancelled">): Broadcast {
  const next = { ...current, gates: { ...current.gates, [gate]: undefined } };
  return isWaiting(next) || next.phase !== "running" ? next : { ...next, owes: owing(next, "unpark") };
}

/** With refusals accepted that were not before. */
export function accept(current: Broadcast, more: readonly Acceptance[]): Broadcast {
  const fresh = more.filter(({ code }) => !isAccepted(current, code));
  return fresh.length === 0 ? current : { ...current, accepts: [...(current.accepts ?? []), ...fresh] };
}

function owing({ owes }: Broadcast, debt: "unpark"): Broadcast["owes"] {
  return owes.includes(debt) ? owes : [...owes, debt];
}
