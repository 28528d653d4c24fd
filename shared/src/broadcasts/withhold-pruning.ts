import type { Pruning } from "../domain/broadcast.ts";
import { type Broadcasts, update } from "./index.ts";

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
