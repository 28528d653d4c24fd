import type { Broadcast } from "../domain/broadcast.ts";
import { type DebtDeps, payDebts } from "./debts.ts";
import { type Broadcasts, update } from "./index.ts";

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
  await update(broadcasts, id, (current) => {
    if (current.phase !== "running" || current.gates.held) return null;
    return { ...current, gates: { ...current.gates, held: { reason, by, at: now, doubts } } };
  });
}

/** Opens the gate of a held broadcast; its parked chunks go on. `not-held` changes nothing. */
export async function resume(
  deps: DebtDeps,
  id: string,
): Promise<{ kind: "resumed" | "not-held"; broadcast: Broadcast } | null> {
  let resumed = false;
  const broadcast = await update(deps.broadcasts, id, (current) => {
    resumed = current.phase === "running" && current.gates.held !== undefined;
    return resumed ? { ...current, gates: {}, owes: [...current.owes, "unpark"] } : null;
  });
  if (!broadcast) return null;
  if (resumed) await payDebts(deps, broadcast);
  return { kind: resumed ? "resumed" : "not-held", broadcast };
}
