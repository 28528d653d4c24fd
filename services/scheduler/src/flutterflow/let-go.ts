import { update } from "@fanfare/shared/broadcasts";
import { type DebtDeps, payDebts } from "@fanfare/shared/broadcasts/debts";
import { emptyBooks } from "@fanfare/shared/domain/books";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { finish } from "@fanfare/shared/domain/phases";

export interface LettingGo {
  by: string;
  reason: string;
  /** When the document was written that asks for nothing any more, in microseconds since 1970. */
  writtenAt?: number | undefined;
}

/**
 * Ends a broadcast that is still scheduled, and leaves its documents without an answer: what takes them next finds
 * them as they were. One that is released meanwhile is sent and answered, and a document that was written later than
 * the one looked at decides by itself.
 * @returns whether it was ended by this call
 */
export async function letGo(
  deps: DebtDeps,
  id: string,
  { by, reason, writtenAt }: LettingGo,
): Promise<boolean> {
  const cancelled = { by, at: deps.now(), reason };
  let isOurs = false;
  const end = (current: Broadcast) => {
    const isOvertaken = writtenAt !== undefined && (current.writtenAt ?? 0) > writtenAt;
    isOurs = current.phase === "scheduled" && !isOvertaken;
    if (!isOurs) return null;
    // In one write: without its documents it owes no answer, and it must not be sent either.
    return finish({ ...current, documents: undefined, gates: { cancelled } }, emptyBooks(), cancelled.at);
  };
  const ended = await update(deps.broadcasts, id, end, { ...cancelled, what: "cancel" });
  if (!ended || !isOurs) return false;
  await payDebts(deps, ended);
  return true;
}

/** Whether it was let go of before its time: none of it was ever sent, and its document may ask again. */
export function isLetGo({ phase, releasedAt, documents }: Broadcast): boolean {
  return phase === "cancelled" && releasedAt === null && documents === undefined;
}
