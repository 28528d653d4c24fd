import type { DebtDeps } from "../broadcasts/debts.ts";
import type { Act } from "../domain/audit.ts";
import { type Acceptance, type Gate, type GateName, isAcceptable } from "../domain/broadcast.ts";
import { accept, openGate } from "../domain/gates.ts";
import { InvalidInput } from "../errors.ts";
import { type Turned, turn, type Who } from "./turn-gate.ts";

export interface ResumeOptions {
  /** For a hold by refusals: reject the members that FCM refuses and send to the rest, instead of trying all again. */
  acceptRefusals?: boolean | undefined;
}

/**
 * Opens the gate named, and no other. What was parked goes on once none is closed.
 * @throws InvalidInput for `acceptRefusals` where it would not help; nothing is changed then
 */
export function resume(
  deps: DebtDeps,
  id: string,
  gate: Exclude<GateName, "cancelled">,
  who: Who,
  { acceptRefusals = false }: ResumeOptions = {},
): Promise<Turned | null> {
  const act: Act = { ...who, what: acceptRefusals ? "accept" : "resume", at: deps.now() };
  return turn(deps, id, act, ({ by, at }, current) => {
    const closed = current.gates[gate];
    if (!closed) return null;
    if (acceptRefusals) return accept(openGate(current, gate), [{ ...refusalOf(closed), by, at }]);
    const trial = gate === "held" ? { trial: (current.trial ?? 0) + 1 } : {};
    return { ...openGate(current, gate), ...trial };
  });
}

/** What a gate was closed for, as a refusal to accept. @throws InvalidInput where it is another fault */
function refusalOf(gate: Gate): Pick<Acceptance, "code" | "reason"> {
  if (isAcceptable(gate)) return { code: gate.doubts, reason: gate.reason };
  const why = gate.reason === undefined ? "" : ` (${gate.reason})`;
  const fault =
    gate.doubts === undefined ? "it is not held for refused messages" : "the credential is refused";
  const message = `cannot be used here: ${fault}${why}; mend the cause, then resume without it`;
  throw new InvalidInput([{ field: "acceptRefusals", message }]);
}
