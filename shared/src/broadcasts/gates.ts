import type { Act } from "../domain/audit.ts";
import { emptyBooks } from "../domain/books.ts";
import { type Broadcast, type GateName, isFinished, isWaiting } from "../domain/broadcast.ts";
import { finish } from "../domain/phases.ts";
import { type DebtDeps, payDebts } from "./debts.ts";
import { type Broadcasts, update } from "./index.ts";
import { tryFinish } from "./try-finish.ts";

/** Who turns a gate, and why. */
export interface Who {
  by: string;
  reason?: string | undefined;
}

/** `unchanged`: there was nothing to do, as the broadcast shows. */
export interface Turned {
  kind: "changed" | "unchanged";
  broadcast: Broadcast;
}

/**
 * Closes a running broadcast's gate, because sending on would do harm. The first reason stays.
 * @param doubts a code of rejections that are not to be believed; who got one is sent to again after `resume`.
 */
export async function hold(
  broadcasts: Broadcasts,
  id: string,
  reason: string,
  by: string,
  now: number,
  doubts?: string,
): Promise<void> {
  const held = { reason, by, at: now, doubts };
  await update(
    broadcasts,
    id,
    (current) => {
      if (current.phase !== "running" || current.gates.held || current.gates.cancelled) return null;
      return { ...current, gates: { ...current.gates, held } };
    },
    { what: "hold", by, at: now, reason },
  );
}

/** Stops sending until `resume`: what is in flight still arrives. A scheduled broadcast is not released meanwhile. */
export function pause(deps: DebtDeps, id: string, who: Who): Promise<Turned | null> {
  return turn(deps, id, { ...who, what: "pause", at: deps.now() }, ({ reason, by, at }, current) => {
    if (current.gates.paused) return null;
    return { ...current, gates: { ...current.gates, paused: { reason, by, at } } };
  });
}

/** Opens the gate named, and no other. What was parked goes on once none is closed. */
export function resume(
  deps: DebtDeps,
  id: string,
  gate: Exclude<GateName, "cancelled">,
  who: Who,
): Promise<Turned | null> {
  return turn(deps, id, { ...who, what: "resume", at: deps.now() }, (_, current) => {
    if (!current.gates[gate]) return null;
    const next = { ...current, gates: { ...current.gates, [gate]: undefined } };
    return isWaiting(next) || next.phase !== "running" ? next : { ...next, owes: owing(next, "unpark") };
  });
}

/**
 * Ends a broadcast for good: what is in flight still arrives, all others get the outcome `cancelled`. One that was not
 * released yet is over at once.
 */
export async function cancel(deps: DebtDeps, id: string, who: Who): Promise<Turned | null> {
  const turned = await turn(
    deps,
    id,
    { ...who, what: "cancel", at: deps.now() },
    ({ reason, by, at }, current) => {
      const next = { ...current, gates: { cancelled: { reason, by, at } } };
      return next.phase === "scheduled" ? finish(next, emptyBooks(), at) : { ...next, owes: ["close"] };
    },
  );
  if (turned?.kind === "changed") await tryFinish(deps, id);
  return turned;
}

/** Changes the gates of a broadcast that is neither cancelled nor over, and pays what that owes. */
async function turn(
  deps: DebtDeps,
  id: string,
  act: Act,
  change: (act: Act, current: Broadcast) => Broadcast | null,
): Promise<Turned | null> {
  let changed = false;
  const decide = (current: Broadcast) => {
    const next = isFinished(current.phase) || current.gates.cancelled ? null : change(act, current);
    changed = next !== null;
    return next;
  };
  const broadcast = await update(deps.broadcasts, id, decide, act);
  if (!broadcast) return null;
  if (changed) await payDebts(deps, broadcast);
  return { kind: changed ? "changed" : "unchanged", broadcast };
}

function owing({ owes }: Broadcast, debt: "unpark"): Broadcast["owes"] {
  return owes.includes(debt) ? owes : [...owes, debt];
}
