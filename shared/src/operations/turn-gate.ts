import { type DebtDeps, payDebts } from "../broadcasts/debts.ts";
import { update } from "../broadcasts/index.ts";
import type { Act } from "../domain/audit.ts";
import { type Broadcast, isFinished } from "../domain/broadcast.ts";
import { textProblems } from "../domain/text.ts";
import { InvalidInput } from "../errors.ts";

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
 * Changes the gates of a broadcast that is neither cancelled nor over, and pays what that owes.
 * @throws InvalidInput for a name or a reason that cannot be stored
 */
export async function turn(
  deps: DebtDeps,
  id: string,
  act: Act,
  change: (act: Act, current: Broadcast) => Broadcast | null,
): Promise<Turned | null> {
  const problems = textProblems({ by: act.by, reason: act.reason });
  if (problems.length > 0) throw new InvalidInput(problems);
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
