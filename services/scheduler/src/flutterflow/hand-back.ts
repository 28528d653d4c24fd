import type { DebtDeps } from "@fanfare/shared/broadcasts/debts";
import { SENDING_CALLER } from "./keys.ts";
import { letGo } from "./let-go.ts";

/** The scheduled broadcasts that are looked at; more are there only where nothing is ever released. */
const MOST = 100_000;

/**
 * Ends the broadcasts that documents have scheduled, and leaves the documents without an answer, for others to send.
 * A second call ends what is left.
 * @param by who decided it
 * @returns how many were ended
 */
export async function handBack(deps: DebtDeps, by: string): Promise<number> {
  let count = 0;
  for (const { id, caller } of await deps.broadcasts.list("scheduled", MOST)) {
    if (caller !== SENDING_CALLER) continue;
    if (await letGo(deps, id, { by, reason: "handed back" })) count += 1;
  }
  return count;
}
