import { surveyEarlier } from "../audience/survey-earlier.ts";
import { type DebtDeps, payDebts } from "../broadcasts/debts.ts";
import { type Broadcast, type Content, collapseIdOf, type Earlier, isFinished } from "../domain/broadcast.ts";
import { contentProblems } from "../domain/content-rules.ts";
import { type BroadcastId, broadcastOf, fingerprint } from "../domain/ids.ts";
import { laneOf } from "../domain/lane.ts";
import { release, schedule } from "../domain/phases.ts";
import { textProblems } from "../domain/text.ts";
import { InvalidInput, type Problem } from "../errors.ts";
import { requireBroadcast } from "./require-broadcast.ts";

export interface FollowUpDeps extends DebtDeps {
  /** How long a broadcast may be at work, in milliseconds. */
  longestMs: number;
}

/** A broadcast to members of an earlier one, and how many they are: exact, but for those who were never resolved. */
export interface FollowUp {
  broadcast: Broadcast;
  /** Whether it was asked for before: then it is the answer, as it stands. */
  known: boolean;
  count: number;
}

/** What one follow-up does not share with another. */
export interface FollowUpPlan {
  id: BroadcastId;
  idempotencyKey: string;
  content: Content;
  /** Fields that differ from the original's. The others were let through with it, and are not judged again. */
  changed: readonly (keyof Content)[];
  of: Earlier;
  /** Who asks. */
  by: string;
  /** Why it is refused where it is for nobody. */
  nobody: string;
}

export function refuse(field: string, message: string): never {
  throw new InvalidInput([{ field, message }]);
}

/** @throws InvalidInput where there is no such broadcast, or it has not finished */
export async function finishedOne({ broadcasts }: FollowUpDeps, id: BroadcastId): Promise<Broadcast> {
  const broadcast = await requireBroadcast(broadcasts, id);
  if (!isFinished(broadcast.phase)) {
    const state = broadcast.gates.cancelled ? "being cancelled" : broadcast.phase;
    refuse("id", `${id} has not finished: it is ${state}`);
  }
  return broadcast;
}

/**
 * A broadcast and its retries, in the order in which they came.
 * @throws InvalidInput where one of them has not finished, or was decided on and is not there
 */
export async function chainOf(deps: FollowUpDeps, original: Broadcast): Promise<[Broadcast, ...Broadcast[]]> {
  const chain: [Broadcast, ...Broadcast[]] = [original];
  for (let last = original; last.retriedAs; chain.push(last)) {
    const retry = await deps.broadcasts.get(last.retriedAs);
    if (!retry)
      refuse("id", `a retry of ${last.id} was begun and is not there: fanfare retry ${last.id} goes on`);
    if (!isFinished(retry.phase)) refuse("id", `${retry.id}, a retry of ${last.id}, is still at work`);
    last = retry;
  }
  return chain;
}

export async function countOf(deps: FollowUpDeps, of: Earlier): Promise<number> {
  const { count, ranges } = await surveyEarlier(deps, of);
  const isKept = (id: BroadcastId) => ranges.some((range) => broadcastOf(range.id) === id);
  const gone = of.broadcasts.find((id) => !isKept(id));
  if (count > 0 && gone !== undefined) refuse("id", `the record of whom ${gone} was sent to has expired`);
  return count;
}

/**
 * The broadcast that a plan comes to, not yet stored. On the phones it takes the original's place, and it is sent as
 * that one was: by its lane, its limit and its deadline.
 * @throws InvalidInput where it cannot be sent, or is for nobody
 */
export async function planFollowUp(
  deps: FollowUpDeps,
  original: Broadcast,
  plan: FollowUpPlan,
): Promise<FollowUp> {
  const { id, idempotencyKey, changed, of, by, nobody } = plan;
  const { onCrash, perMinute, deadline } = original;
  const now = deps.now();
  if (deadline !== undefined && deadline <= now) refuse("deadline", `of ${original.id} has passed`);
  const content = { ...plan.content, collapseId: collapseIdOf(original) };
  const problems = [...changeProblems(content, changed), ...textProblems(by, "by")];
  if (problems.length > 0) throw new InvalidInput(problems);
  const count = await countOf(deps, of);
  if (count === 0) refuse("id", nobody);
  const urgent = laneOf(original) === "urgent" || undefined;
  const asked = { content, audience: { of }, onCrash, urgent, perMinute, deadline };
  const scheduled = schedule(
    { id, caller: by, idempotencyKey, fingerprint: fingerprint(asked), ...asked, dueAt: now },
    now,
  );
  const broadcast = release(scheduled, now, deps.longestMs, await deps.registrations.moment());
  return { broadcast, known: false, count };
}

/** What was sent before is judged by what FCM takes, and by its size: by the rules for people only what is new. */
function changeProblems(content: Content, changed: FollowUpPlan["changed"]): Problem[] {
  const fields = Object.keys(content) as (keyof Content)[];
  return contentProblems(content, { asIs: fields.filter((field) => !changed.includes(field)) });
}

/** Stores a follow-up and lets it go. What somebody else stored first, or who asked before, is the answer. */
export async function storeFollowUp(deps: FollowUpDeps, { broadcast }: FollowUp): Promise<Broadcast> {
  const stored = await deps.broadcasts.create(broadcast);
  const answer = stored.kind === "existing" ? stored.existing : broadcast;
  if (answer.fingerprint !== broadcast.fingerprint) refuse("id", `${answer.id} is a different broadcast`);
  await payDebts(deps, answer);
  return answer;
}
