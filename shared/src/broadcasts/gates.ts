import type { Act } from "../domain/audit.ts";
import { emptyBooks } from "../domain/books.ts";
import {
  type Acceptance,
  type Broadcast,
  type Gate,
  type GateName,
  isAcceptable,
  isAccepted,
  isFinished,
  isWaiting,
} from "../domain/broadcast.ts";
import { finish } from "../domain/phases.ts";
import { textProblems } from "../domain/text.ts";
import { InvalidInput } from "../errors.ts";
import { type DebtDeps, payDebts } from "./debts.ts";
import { type Broadcasts, update } from "./index.ts";
import { tryFinish } from "./try-finish.ts";

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
 * Closes a running broadcast's gate, because sending on would do harm. The first reason stays, and nothing is held for
 * refusals that were accepted: another sender may have seen them before it saw that.
 * @param doubts a code of rejections that are not to be believed; who got one is sent to again after `resume`.
 */
export async function hold(
  broadcasts: Broadcasts,
  id: string,
  reason: string,
  by: string,
  now: number,
  doubts?: string,
): Promise<void> {
  const held = { reason, by, at: now, doubts };
  await update(
    broadcasts,
    id,
    (current) => {
      if (current.phase !== "running" || current.gates.held || current.gates.cancelled) return null;
      if (doubts !== undefined && isAccepted(current, doubts)) return null;
      return { ...current, gates: { ...current.gates, held } };
    },
    { what: "hold", by, at: now, reason },
  );
}

/** Stops sending until `resume`: what is in flight still arrives. A scheduled broadcast is not released meanwhile. */
export function pause(deps: DebtDeps, id: string, who: Who): Promise<Turned | null> {
  return turn(deps, id, { ...who, what: "pause", at: deps.now() }, ({ reason, by, at }, current) => {
    if (current.gates.paused) return null;
    return { ...current, gates: { ...current.gates, paused: { reason, by, at } } };
  });
}

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

/** Opens a gate, and owes waking what was parked if that leaves none closed. */
export function openGate(current: Broadcast, gate: Exclude<GateName, "cancelled">): Broadcast {
  const next = { ...current, gates: { ...current.gates, [gate]: undefined } };
  return isWaiting(next) || next.phase !== "running" ? next : { ...next, owes: owing(next, "unpark") };
}

/** With refusals accepted that were not before. */
export function accept(current: Broadcast, more: readonly Acceptance[]): Broadcast {
  const fresh = more.filter(({ code }) => !isAccepted(current, code));
  return fresh.length === 0 ? current : { ...current, accepts: [...(current.accepts ?? []), ...fresh] };
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

/**
 * Changes the gates of a broadcast that is neither cancelled nor over, and pays what that owes.
 * @throws InvalidInput for a name or a reason that cannot be stored
 */
async function turn(
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

function owing({ owes }: Broadcast, debt: "unpark"): Broadcast["owes"] {
  return owes.includes(debt) ? owes : [...owes, debt];
}
