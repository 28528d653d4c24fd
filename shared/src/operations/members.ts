import { type Listed, listAudience, listMembers, rangesOf } from "../audience/list-members.ts";
import { unreadCounter } from "../broadcasts/count-unread.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { leavesRest, type Range } from "../domain/range.ts";
import type { Reach } from "../domain/reach.ts";
import type { Store } from "../store.ts";

type MemberDeps = Pick<Store, "ledger" | "registrations" | "broadcasts">;

/** Told of each range that leaves a part of its audience unresolved, before its members come. */
type OnUnresolved = (range: Range, about: number) => void;

/** Members of a broadcast, in the order of addresses. */
export type MemberList = (
  deps: MemberDeps,
  broadcast: Broadcast,
  onUnresolved: OnUnresolved,
) => Promise<AsyncIterable<Listed>>;

/** The lists of a broadcast's members. The first three together are its whole audience, each device once. */
export const MEMBER_LISTS = {
  reached: listReach("reached"),
  unreached: listMissed,
  unknown: listReach("unknown"),
  failures: listFailures,
} satisfies Record<string, MemberList>;

function listReach(wanted: Reach): MemberList {
  return async ({ ledger }, broadcast) => {
    const ranges = await rangesOf(ledger, broadcast);
    return only(listMembers({ ledger }, ranges), ({ reach }) => reach === wanted);
  };
}

async function listMissed(
  deps: MemberDeps,
  broadcast: Broadcast,
  onUnresolved: OnUnresolved,
): Promise<AsyncIterable<Listed>> {
  const ranges = await rangesOf(deps.ledger, broadcast);
  const countUnread = unreadCounter(deps, broadcast.audience);
  for (const range of ranges.filter(leavesRest)) {
    const about = isEnded(range) ? range.unreadAbout : await countUnread(range);
    onUnresolved(range, about);
  }
  return only(listAudience(deps, broadcast, ranges), ({ reach }) => reach === "unreached");
}

const isEnded = ({ state }: Range) => state === "dead" || state === "stopped";

/** Also open members that FCM refused: a broadcast may be held for them, and this names them. */
async function listFailures({ ledger }: MemberDeps, broadcast: Broadcast): Promise<AsyncIterable<Listed>> {
  const ranges = await rangesOf(ledger, broadcast);
  const isFailure = ({ outcome, says }: Listed) =>
    outcome !== "accepted" && (outcome !== "open" || says !== "");
  return only(listMembers({ ledger }, ranges), isFailure);
}

async function* only(
  listed: AsyncIterable<Listed>,
  isWanted: (one: Listed) => boolean,
): AsyncGenerator<Listed> {
  for await (const one of listed) if (isWanted(one)) yield one;
}
