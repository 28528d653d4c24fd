import { type Broadcasts, update } from "@fanfare/shared/broadcasts";
import { type Broadcast, isWaiting, type Standstill } from "@fanfare/shared/domain/broadcast";
import { isDueForALook, judgePace, markOf, whyItStands } from "@fanfare/shared/domain/standstill";
import type { Log } from "@fanfare/shared/hosting/log";
import type { Ledger } from "@fanfare/shared/ledger";

export interface DriveDeps {
  broadcasts: Broadcasts;
  ledger: Ledger;
  log: Log;
  now: () => number;
  /** How long a broadcast may show no progress before it is driven on and reported, in milliseconds. */
  stuckMs: number;
}

/**
 * Pieces of each kind that are looked at to say why, and roused while nobody is known to be there. All of a large
 * broadcast's at each set time would fill the bus with hints that nobody reads.
 */
const SOME = 200;

/**
 * Looks whether a running broadcast has come on since the last look. One that has stood for the set time is roused and
 * reported, once for each set time; one that moves again is roused whole, as its waits may have doubled meanwhile.
 * One that is paused or held waits for a person, and starts anew afterwards.
 */
export async function driveOn(deps: DriveDeps, broadcast: Broadcast): Promise<void> {
  const { id, standstill: before } = broadcast;
  if (isWaiting(broadcast)) {
    if (before) await note(deps, broadcast, undefined);
    return;
  }
  if (!isDueForALook(broadcast, deps.now(), deps.stuckMs)) return;
  const { pace, standstill } = judgePace(before, await lookAt(deps.ledger, id), deps.now(), deps.stuckMs);
  switch (pace) {
    case "moves":
    case "rests":
      await note(deps, broadcast, standstill);
      return;
    case "moves-again":
      await deps.ledger.rouse(id);
      if (await note(deps, broadcast, standstill))
        deps.log.warn({ broadcastId: id }, "broadcast goes on after it stood still");
      return;
    case "stands":
      await rouse(deps, broadcast, standstill);
  }
}

async function rouse(deps: DriveDeps, broadcast: Broadcast, standstill: Standstill): Promise<void> {
  const { ledger, log } = deps;
  const { id: broadcastId } = broadcast;
  const work = await ledger.openWork(broadcastId, SOME);
  const why = whyItStands(broadcast, work, SOME);
  // Nothing else would ever look at what is parked behind gates that are open.
  if (work.some(({ parked }) => parked)) await ledger.unpark(broadcastId);
  await ledger.rouse(broadcastId, SOME);
  if (!(await note(deps, broadcast, { ...standstill, why }))) return;
  log.error({ broadcastId, why, since: new Date(standstill.at).toISOString() }, "broadcast stands still");
}

/** What tells one state of a broadcast's work from another. Repeats and leases come and go without any progress. */
async function lookAt(ledger: Ledger, id: string): Promise<string> {
  const { leasedMembers: _, possibleRepeats: __, ...counts } = await ledger.standing(id);
  return markOf(counts, await ledger.ranges(id));
}

/** False where another tick looked meanwhile, or the broadcast is over: they have said what there is to say. */
async function note(
  { broadcasts }: DriveDeps,
  { id, standstill: before }: Broadcast,
  standstill: Standstill | undefined,
): Promise<boolean> {
  let noted = false;
  await update(broadcasts, id, (current) => {
    noted = current.phase === "running" && current.standstill?.lookedAt === before?.lookedAt;
    return noted ? { ...current, standstill } : null;
  });
  return noted;
}
