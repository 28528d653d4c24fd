import { unreadCounter } from "@fanfare/shared/broadcasts/count-unread";
import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import type { Delivery } from "@fanfare/shared/bus";
import { SOURCE_SUBSCRIPTION } from "@fanfare/shared/bus/dead-letters";
import { broadcastOf, rangeId } from "@fanfare/shared/domain/ids";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { broadcastsDue } from "@fanfare/shared/events/broadcasts-due";
import type { Health } from "@fanfare/shared/health";
import { letterOf } from "@fanfare/shared/health/letter";
import type { ResolverDeps } from "./resolve-range.ts";

/** How often the tick tries a range again after its message died. */
const TRIES = 3;

/**
 * Answers a dead letter of the resolver's: its range is tried again a few times, then closed as dead, and the books
 * say about how many registrations were never resolved.
 */
export async function bury(deps: ResolverDeps & { health: Health }, delivery: Delivery): Promise<void> {
  await deps.health.noteDeadLetter(letterOf(delivery));
  const id = rangeOf(delivery);
  const range = (await deps.ledger.ranges(broadcastOf(id))).find((one) => one.id === id);
  const broadcast = await deps.broadcasts.get(broadcastOf(id));
  if (!range || !broadcast) return;
  const unreadAbout = await unreadCounter(deps, broadcast.audience)(range);
  const buried = await deps.ledger.buryRange(id, TRIES, unreadAbout);
  if (buried === "dead") await tryFinish(deps, broadcast.id);
}

/** The range a dead message was about. @throws TerminalError where the message is none of ours, which ends it. */
function rangeOf({ data, attributes }: Delivery): string {
  if (attributes[SOURCE_SUBSCRIPTION] === "resolver.due")
    return rangeId(broadcastsDue.decode(data).broadcastId, 0);
  return audienceRanges.decode(data).rangeId;
}
