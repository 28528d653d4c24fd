import { update } from "@fanfare/shared/broadcasts";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { writtenBack } from "@fanfare/shared/domain/clock-steps";
import type { SubmitDeps } from "@fanfare/shared/operations/submit";

/** Brings a broadcast's times back from where a clock that was ahead has put them; mostly there is nothing to do. */
export async function writeBackTimes(
  { broadcasts, now, longestMs }: Pick<SubmitDeps, "broadcasts" | "now" | "longestMs">,
  broadcast: Broadcast,
): Promise<Broadcast> {
  const back = (current: Broadcast) => writtenBack(current, now(), longestMs);
  if (!back(broadcast)) return broadcast;
  return (await update(broadcasts, broadcast.id, back)) ?? broadcast;
}
