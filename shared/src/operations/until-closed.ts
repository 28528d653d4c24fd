import { setTimeout as sleep } from "node:timers/promises";
import { type DebtDeps, payDebts } from "../broadcasts/debts.ts";
import { endEarly } from "../broadcasts/end-early.ts";

const LOOK_EVERY_MS = 200;

/**
 * Waits for a broadcast that is being cancelled, and ends what is in no live service's hands. Resolves at once where
 * none is.
 * @param onProgress told how many of its members have an outcome, after each look
 */
export async function untilClosed(
  deps: DebtDeps,
  id: string,
  onProgress: (done: number, all: number) => void,
): Promise<void> {
  const look = async () => {
    const broadcast = await deps.broadcasts.get(id);
    return broadcast?.phase === "running" && broadcast.gates.cancelled ? broadcast : null;
  };
  for (let closing = await look(); closing; closing = await look()) {
    await payDebts(deps, closing);
    await endEarly(deps, closing);
    const { resolved, open } = await deps.ledger.standing(id);
    onProgress(resolved - open, resolved);
    await sleep(LOOK_EVERY_MS);
  }
}
