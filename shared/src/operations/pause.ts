import type { DebtDeps } from "../broadcasts/debts.ts";
import { type Turned, turn, type Who } from "./turn-gate.ts";

/** Stops sending until `resume`: what is in flight still arrives. A scheduled broadcast is not released meanwhile. */
export function pause(deps: DebtDeps, id: string, who: Who): Promise<Turned | null> {
  return turn(deps, id, { ...who, what: "pause", at: deps.now() }, ({ reason, by, at }, current) => {
    if (current.gates.paused) return null;
    return { ...current, gates: { ...current.gates, paused: { reason, by, at } } };
  });
}
