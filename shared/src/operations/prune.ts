import { type DebtDeps, payDebts } from "../broadcasts/debts.ts";
import { update } from "../broadcasts/index.ts";
import type { Broadcast } from "../domain/broadcast.ts";

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
