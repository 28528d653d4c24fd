import type { Bus } from "../bus/index.ts";
import type { Documents } from "../documents/index.ts";
import type { Broadcast, Debt } from "../domain/broadcast.ts";
import { PRUNING_HINT_MS } from "../domain/phases.ts";
import { isOver } from "../domain/range.ts";
import { finishedEvent, pruneEvent } from "../events/broadcast-events.ts";
import { broadcastsDue } from "../events/broadcasts-due.ts";
import { forEach } from "../for-each.ts";
import type { Intake } from "../intake/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Registrations } from "../registrations/index.ts";
import { answerDocuments } from "./answer-documents.ts";
import { unreadCounter } from "./count-unread.ts";
import { type Broadcasts, update } from "./index.ts";

/** Ranges that are counted and stopped at once. */
const STOPPED_AT_ONCE = 16;

export interface DebtDeps {
  broadcasts: Broadcasts;
  ledger: Ledger;
  registrations: Pick<Registrations, "count" | "moment">;
  documents: Documents;
  intake: Intake;
  bus: Bus;
  now: () => number;
}

/**
 * Pays what a broadcast owes: publishes, then clears the debt. After a crash in between it is paid again, which
 * every reader must stand. Called right after the write that made the debt, and by the tick for what was left.
 */
export async function payDebts(deps: DebtDeps, broadcast: Broadcast): Promise<void> {
  for (const debt of broadcast.owes) {
    const paid = await pay(deps, broadcast, debt);
    // Gates that were closed and opened since owe the same anew. Any change leaves it to the tick, which pays again.
    const paidAt = debt === "unpark" ? broadcast.version : undefined;
    if (paid) await clearDebt(deps.broadcasts, broadcast.id, debt, paidAt);
  }
}

/** Whether the debt is settled by what was published. Pruning is not: the sender clears that when it is done. */
async function pay(deps: DebtDeps, broadcast: Broadcast, debt: Debt): Promise<boolean> {
  const { broadcasts, ledger, bus, now } = deps;
  switch (debt) {
    case "due":
      // The range first: once it exists the tick drives it on, should this message be lost.
      await ledger.openRoot(broadcast.id);
      await bus.publish(broadcastsDue.topic, [broadcastsDue.encode({ broadcastId: broadcast.id })]);
      return true;
    case "unpark":
      await ledger.unpark(broadcast.id);
      return true;
    case "close":
      await stopRanges(deps, broadcast);
      await ledger.closeChunks(broadcast.id, "cancelled");
      return true;
    case "finished":
      await bus.publish("broadcast-events", [finishedEvent(broadcast)]);
      return true;
    case "answer":
      await answerDocuments(deps, broadcast);
      return true;
    case "prune":
      if ((broadcast.pruning.hintAt ?? 0) > now() && !broadcast.owes.includes("finished")) return false;
      await bus.publish("broadcast-events", [pruneEvent(broadcast.id)]);
      await update(broadcasts, broadcast.id, (current) => {
        if (!current.owes.includes("prune")) return null;
        return { ...current, pruning: { ...current.pruning, hintAt: now() + PRUNING_HINT_MS } };
      });
      return false;
  }
}

/**
 * The first range is made where it is missing: whoever is about to open it must find it over. Looks again until none is
 * open, since it may be cut before it is stopped.
 */
async function stopRanges(deps: DebtDeps, { id, audience }: Broadcast): Promise<void> {
  await deps.ledger.openRoot(id);
  const countUnread = unreadCounter(deps, audience);
  for (;;) {
    const open = (await deps.ledger.ranges(id)).filter((range) => !isOver(range));
    if (open.length === 0) return;
    await forEach(open, STOPPED_AT_ONCE, async (range) => {
      await deps.ledger.stopRange(range.id, await countUnread(range));
    });
  }
}

/**
 * Notes that a debt is paid, beside whatever others wrote meanwhile.
 * @param version given where only the debt of this version of the record was paid
 */
export async function clearDebt(
  broadcasts: Broadcasts,
  id: string,
  debt: Debt,
  version?: number,
): Promise<void> {
  await update(broadcasts, id, (current) => {
    if (!current.owes.includes(debt) || (version ?? current.version) !== current.version) return null;
    return { ...current, owes: current.owes.filter((owed) => owed !== debt) };
  });
}
