import { setTimeout as sleep } from "node:timers/promises";
import type { DebtDeps } from "../broadcasts/debts.ts";
import { endEarly } from "../broadcasts/end-early.ts";
import { type Broadcast, closedGates } from "../domain/broadcast.ts";

const LOOK_EVERY_MS = 200;
/** Longer than it takes where all goes well. */
const PATIENCE_MS = 3_000;

/**
 * Acknowledges a stop: resolves when nothing of a paused or cancelled broadcast can be sent any more. Whoever holds a
 * chunk sees the gate within a second, and lets go once what is in flight has been answered; what a dead process holds
 * is free when its lease has passed. Whoever claims from now on sees the gate before it sends.
 * @param onLongWait called once where it takes longer than usual
 * @param wait between two looks
 */
export async function untilStopped(
  deps: DebtDeps,
  broadcast: Broadcast,
  onLongWait: () => void,
  wait = () => sleep(LOOK_EVERY_MS),
): Promise<void> {
  const timer = setTimeout(onLongWait, PATIENCE_MS);
  try {
    while ((await isClosed(deps, broadcast.id)) && (await deps.ledger.countHeld(broadcast.id)) > 0)
      await wait();
  } finally {
    clearTimeout(timer);
  }
  // What dead senders held has been let go of by now.
  if (broadcast.gates.cancelled) await endEarly(deps, broadcast);
}

/** Somebody else may have resumed it meanwhile. */
async function isClosed({ broadcasts }: DebtDeps, id: string): Promise<boolean> {
  const current = await broadcasts.get(id);
  return current !== null && closedGates(current).length > 0;
}
