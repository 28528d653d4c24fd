import type { Broadcast, Pruning } from "../domain/broadcast.ts";
import { type DebtDeps, payDebts } from "./debts.ts";
import { type Broadcasts, update } from "./index.ts";

/** Lets a pruning that was withheld go on after all, by somebody's decision. `not-withheld` changes nothing. */
export async function releasePruning(
  deps: DebtDeps,
  id: string,
  by: string,
): Promise<{ kind: "released" | "not-withheld"; broadcast: Broadcast } | null> {
  let released = false;
  const at = deps.now();
  const release = (current: Broadcast) => {
    const { pruning, owes } = current;
    released = pruning.state === "withheld";
    // Without a time of the next hint it is asked for at once.
    const next = { ...pruning, state: "owed" as const, hintAt: undefined, released: { by, at } };
    return released ? { ...current, owes: [...owes, "prune" as const], pruning: next } : null;
  };
  const broadcast = await update(deps.broadcasts, id, release, { what: "prune", by, at });
  if (!broadcast) return null;
  if (released) await payDebts(deps, broadcast);
  return { kind: released ? "released" : "not-withheld", broadcast };
}

/**
 * Stops a pruning that is still owed; false where none is. What is being deleted at this moment still goes.
 * @param isDoubted whether it is to be stopped, as its record stands
 */
export async function withholdPruning(
  broadcasts: Broadcasts,
  id: string,
  reason: string,
  isDoubted: (pruning: Pruning) => boolean = () => true,
): Promise<boolean> {
  let stopped = false;
  await update(broadcasts, id, (current) => {
    stopped = current.pruning.state === "owed" && isDoubted(current.pruning);
    const owes = current.owes.filter((debt) => debt !== "prune");
    return stopped ? { ...current, owes, pruning: { ...current.pruning, state: "withheld", reason } } : null;
  });
  return stopped;
}
