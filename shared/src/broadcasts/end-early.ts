import { type Broadcast, isOverdue } from "../domain/broadcast.ts";
import type { DebtDeps } from "./debts.ts";
import { tryFinish } from "./try-finish.ts";

/**
 * Ends what is not to be sent any more and nobody works on, of a broadcast that is cancelled or too late, whether any
 * sender lives or not. Finishes it where that leaves nothing open.
 */
export async function endEarly(deps: DebtDeps, broadcast: Broadcast): Promise<void> {
  const { id, gates } = broadcast;
  if (gates.cancelled) await deps.ledger.closeChunks(id, "cancelled");
  else if (isOverdue(broadcast, deps.now())) await deps.ledger.closeChunks(id, "expired");
  await tryFinish(deps, id);
}
