import { payDebts } from "../broadcasts/debts.ts";
import { update } from "../broadcasts/index.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { type BroadcastId, broadcastId } from "../domain/ids.ts";
import {
  countOf,
  type FollowUp,
  type FollowUpDeps,
  finishedOne,
  planFollowUp,
  refuse,
  storeFollowUp,
} from "./follow-up.ts";

/**
 * What a retry would come to: the same content to those members whom the broadcast failed for a reason that can pass.
 * Nothing is stored.
 * @throws InvalidInput that names the field at fault
 */
export async function planRetry(deps: FollowUpDeps, id: BroadcastId, by: string): Promise<FollowUp> {
  const original = await finishedOne(deps, id);
  const of = { broadcasts: [id], who: "retryable" as const };
  const known = original.retriedAs && (await deps.broadcasts.get(original.retriedAs));
  if (known) return { broadcast: known, known: true, count: await countOf(deps, of) };
  refuseCorrected(original);
  const { content } = original;
  const nobody = `nothing of ${id} failed for a reason that can pass`;
  return planFollowUp(deps, original, {
    id: broadcastId("retry", id),
    idempotencyKey: `retry ${id}`,
    content,
    changed: [],
    of,
    by,
    nobody,
  });
}

/**
 * Sends a broadcast again to whom it failed for a reason that can pass. Asked twice it is one, and the same answer;
 * asked again after a crash it goes on. The original tells of it first, so that a correction leaves out nobody.
 * @throws InvalidInput that names the field at fault; nothing is stored then.
 */
export async function retry(deps: FollowUpDeps, id: BroadcastId, by: string): Promise<Broadcast> {
  const plan = await planRetry(deps, id, by);
  if (plan.known) await payDebts(deps, plan.broadcast);
  if (plan.known) return plan.broadcast;
  const retriedAs = plan.broadcast.id;
  await update(deps.broadcasts, id, (current) => {
    if (current.retriedAs === retriedAs) return null;
    refuseCorrected(current);
    return { ...current, retriedAs };
  });
  return storeFollowUp(deps, plan);
}

/** It would come after what replaced it, and be seen in its place. */
function refuseCorrected({ id, corrected }: Broadcast): void {
  if (corrected)
    refuse("id", `${id} was corrected (${corrected.as}): a retry would bring back what was wrong`);
}
