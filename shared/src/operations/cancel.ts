import type { DebtDeps } from "../broadcasts/debts.ts";
import { tryFinish } from "../broadcasts/try-finish.ts";
import { emptyBooks } from "../domain/books.ts";
import { finish } from "../domain/phases.ts";
import { type Turned, turn, type Who } from "./turn-gate.ts";

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
