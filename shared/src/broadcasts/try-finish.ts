import { finish } from "../domain/phases.ts";
import { type DebtDeps, payDebts } from "./debts.ts";

/**
 * Finishes a broadcast of which nothing is open any more. Called after a settling by a process that has no other chunk of
 * it in hand, after a range closes, on redelivery of a settled chunk, and on every tick: the last of these does it, and
 * several at once do it once.
 */
export async function tryFinish(deps: DebtDeps, id: string): Promise<void> {
  if (!(await deps.ledger.complete(id))) return;
  for (;;) {
    const current = await deps.broadcasts.get(id);
    if (current?.phase !== "running") return;
    const next = finish(current, await deps.ledger.books(id), deps.now());
    if ((await deps.broadcasts.replace(next)) === "lost") continue;
    await payDebts(deps, next);
    return;
  }
}
