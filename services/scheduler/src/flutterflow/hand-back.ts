import { update } from "@fanfare/shared/broadcasts";
import type { DebtDeps } from "@fanfare/shared/broadcasts/debts";
import { cancel } from "@fanfare/shared/broadcasts/gates";
import { SENDING_CALLER } from "./keys.ts";

/** The scheduled broadcasts that are looked at; more are there only where nothing is ever released. */
const MOST = 100_000;

/**
 * Ends the broadcasts that documents have scheduled, and leaves the documents without an answer: whoever takes them
 * next finds them as they were. A second call ends what is left.
 * @param by who decided it
 * @returns how many were ended
 */
export async function handBack(deps: DebtDeps, by: string): Promise<number> {
  let count = 0;
  for (const { id, caller } of await deps.broadcasts.list("scheduled", MOST)) {
    if (caller !== SENDING_CALLER) continue;
    // Without documents there is none to answer. One that is released meanwhile keeps them, and is sent.
    const released = await update(deps.broadcasts, id, (current) =>
      current.phase === "scheduled" && current.documents ? { ...current, documents: undefined } : null,
    );
    if (released?.phase !== "scheduled") continue;
    const turned = await cancel(deps, id, { by, reason: "handed back" });
    if (turned?.kind === "changed") count += 1;
  }
  return count;
}
