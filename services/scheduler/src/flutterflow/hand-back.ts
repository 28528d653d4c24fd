import { update } from "@fanfare/shared/broadcasts";
import { type DebtDeps, payDebts } from "@fanfare/shared/broadcasts/debts";
import { emptyBooks } from "@fanfare/shared/domain/books";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { finish } from "@fanfare/shared/domain/phases";
import { SENDING_CALLER } from "./keys.ts";

/** The scheduled broadcasts that are looked at; more are there only where nothing is ever released. */
const MOST = 100_000;

/**
 * Ends the broadcasts that documents have scheduled, and leaves the documents without an answer: whoever takes them
 * next finds them as they were. One that is released meanwhile is sent and answered. A second call ends what is left.
 * @param by who decided it
 * @returns how many were ended
 */
export async function handBack(deps: DebtDeps, by: string): Promise<number> {
  let count = 0;
  for (const { id, caller } of await deps.broadcasts.list("scheduled", MOST)) {
    if (caller !== SENDING_CALLER) continue;
    const cancelled = { by, at: deps.now(), reason: "handed back" };
    let isOurs = false;
    const end = (current: Broadcast) => {
      isOurs = current.phase === "scheduled";
      // In one write: without its documents it owes no answer, and it must not be sent either.
      const released = { ...current, documents: undefined, gates: { cancelled } };
      return isOurs ? finish(released, emptyBooks(), cancelled.at) : null;
    };
    const ended = await update(deps.broadcasts, id, end, { ...cancelled, what: "cancel" });
    if (!ended || !isOurs) continue;
    await payDebts(deps, ended);
    count += 1;
  }
  return count;
}
