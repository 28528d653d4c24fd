import { isDeepStrictEqual } from "node:util";
import { payDebts } from "../broadcasts/debts.ts";
import { update } from "../broadcasts/index.ts";
import { type Broadcast, type Content, isFinished } from "../domain/broadcast.ts";
import { isRecent } from "../domain/clock-steps.ts";
import { type BroadcastId, broadcastId, fingerprint } from "../domain/ids.ts";
import { parseContentChange } from "../events/broadcast-requests.ts";
import {
  chainOf,
  countOf,
  type FollowUp,
  type FollowUpDeps,
  finishedOne,
  planFollowUp,
  refuse,
  storeFollowUp,
} from "./follow-up.ts";

/** A correction that was decided on and is not there for so long died on its way. */
const DECIDED_MS = 60_000;

export interface Correction extends FollowUp {
  original: Broadcast;
  /** Broadcasts that are not to be retried any more, as the last of their retries: what they sent is replaced. */
  ends: Broadcast[];
}

/**
 * What a correction would come to: another content, in the place of the first, to all who saw the broadcast or a retry
 * of it, or may have. What `change` does not give stays as it is in the original. Nothing is stored.
 * @throws InvalidInput that names the field at fault
 */
export async function planCorrection(
  deps: FollowUpDeps,
  id: BroadcastId,
  change: unknown,
  by: string,
): Promise<Correction> {
  const original = await finishedOne(deps, id);
  const { of: earlier } = original.audience;
  if (earlier) refuse("id", `${id} follows ${earlier.broadcasts[0]}: correct that one`);
  const given = parseContentChange(change);
  const content = { ...original.content, ...given };
  const changed = changedIn(given, original.content);
  const print = fingerprint(content);
  if (!original.corrected && print === fingerprint(original.content)) refuse("content", "is as it was");
  const chain = await chainOf(deps, original);
  const of = { broadcasts: chain.map((one) => one.id), who: "seen" as const };
  const [as, idempotencyKey] = await nameOf(deps, original, print);
  const known = original.corrected?.as === as ? await deps.broadcasts.get(as) : null;
  if (known) return { original, broadcast: known, known: true, count: await countOf(deps, of), ends: [] };
  const before = await endOfCorrection(deps, original, as);
  const nobody = `nobody has seen ${id}, nor may have`;
  const plan = { id: as, idempotencyKey, content, changed, of, by, nobody };
  const followUp = await planFollowUp(deps, original, plan);
  return { ...followUp, original, ends: [...chain.slice(-1), ...before] };
}

/** A door may give back the whole content to change one field of it. */
function changedIn(given: Partial<Content>, before: Content): (keyof Content)[] {
  const fields = Object.keys(given) as (keyof Content)[];
  return fields.filter((field) => !isDeepStrictEqual(given[field], before[field]));
}

/**
 * The id of a correction with this content: the latest one's, if it is the same, else one that there is not yet. What
 * was corrected twice may so be corrected back.
 */
async function nameOf(
  { broadcasts }: FollowUpDeps,
  { id, corrected }: Broadcast,
  print: string,
): Promise<[id: BroadcastId, key: string]> {
  for (let time = 1; ; time++) {
    const key = `correct ${id} ${print.slice(0, 24)} ${time}`;
    const as = broadcastId("correct", key);
    if (as === corrected?.as || !(await broadcasts.get(as))) return [as, key];
  }
}

/**
 * The last retry of the correction before, or that correction itself: both would be seen in the place of a new one.
 * @throws InvalidInput where it is at work or may still come
 */
async function endOfCorrection(
  deps: FollowUpDeps,
  { id, corrected }: Broadcast,
  as: BroadcastId,
): Promise<Broadcast[]> {
  const before = corrected && (await deps.broadcasts.get(corrected.as));
  if (before) {
    if (!isFinished(before.phase)) refuse("id", `${before.id}, a correction of ${id}, is still at work`);
    return (await chainOf(deps, before)).slice(-1);
  }
  if (corrected && corrected.as !== as && isRecent(corrected.at, deps.now(), DECIDED_MS))
    refuse("id", `another correction of ${id} (${corrected.as}) has only just been decided on`);
  return [];
}

/**
 * Replaces a broadcast on the phones of all who saw it, or may have. Asked twice it is one, and the same answer; asked
 * again after a crash it goes on. Before it exists, the records say that nothing it replaces is to be retried, and that
 * no other correction is to come between.
 * @throws InvalidInput that names the field at fault
 */
export async function correct(
  deps: FollowUpDeps,
  id: BroadcastId,
  change: unknown,
  by: string,
): Promise<Broadcast> {
  const plan = await planCorrection(deps, id, change, by);
  const { original, broadcast, known, ends } = plan;
  if (known) await payDebts(deps, broadcast);
  if (known) return broadcast;
  const corrected = { as: broadcast.id, at: deps.now() };
  for (const end of ends) if (end.id !== id) await close(deps, end, corrected);
  await close(deps, original, corrected);
  // Whoever took longer than others wait for has been overtaken.
  const latest = await deps.broadcasts.get(id);
  if (latest?.corrected?.as !== broadcast.id) refuse("id", `another correction of ${id} came first`);
  return storeFollowUp(deps, plan);
}

/** Notes the correction in a broadcast, if nothing has come between since it was planned. Said again it counts anew. */
async function close(
  { broadcasts }: FollowUpDeps,
  { id, retriedAs, corrected: before }: Broadcast,
  corrected: NonNullable<Broadcast["corrected"]>,
): Promise<void> {
  await update(broadcasts, id, (current) => {
    if (current.retriedAs !== retriedAs) refuse("id", `a retry of ${id} came first`);
    const isAsPlanned = current.corrected?.as === before?.as && current.corrected?.at === before?.at;
    if (!isAsPlanned && current.corrected?.as !== corrected.as)
      refuse("id", `another correction of ${id} came first`);
    return { ...current, corrected };
  });
}
