import { CHUNK_SIZE, type Member, OTHERS_KEPT } from "./chunk.ts";
import type { RangeCounts } from "./range.ts";
import type { Registration } from "./registration.ts";
import { slices } from "./slices.ts";

/** Members written in one transaction: four chunks of some 100 KB each, well under Firestore's 10 MiB a request. */
const PAGE_MEMBERS = 4 * CHUNK_SIZE;

/** A page of the audience: its chunks, the last address it covers, and what was counted on the way. */
export interface PlannedPage {
  chunks: Member[][];
  cursor: string;
  counts: RangeCounts;
}

/**
 * Makes pages of registrations that come in the order of addresses. Documents with one address are neighbours, so
 * one device becomes one member in constant memory, whatever duplicates there are; a page never ends within an
 * address. Only registrations that were there at the release are part of the audience.
 */
export async function* planPages(
  batches: AsyncIterable<Registration[]> | Iterable<Registration[]>,
  releasedAt: number,
): AsyncGenerator<PlannedPage> {
  let page: { members: Member[]; counts: RangeCounts } = { members: [], counts: noCounts() };
  let current = null as { address: string; member: Member | null } | null;

  for await (const batch of batches) {
    for (const { address, kind, path, createdAt } of batch) {
      if (address === null) continue;
      if (current?.address !== address) {
        if (current?.member) page.members.push(current.member);
        if (current && page.members.length >= PAGE_MEMBERS) {
          yield { chunks: slices(page.members, CHUNK_SIZE), cursor: current.address, counts: page.counts };
          page = { members: [], counts: noCounts() };
        }
        current = { address, member: null };
      }
      page.counts.read += 1;
      if (createdAt > releasedAt) page.counts.late += 1;
      else if (current.member) noteOther(current.member, path);
      else current.member = { address, kind, path };
    }
  }
  if (!current) return;
  if (current.member) page.members.push(current.member);
  yield { chunks: slices(page.members, CHUNK_SIZE), cursor: current.address, counts: page.counts };
}

/** Remembers where else an address is: pruning need not search for it then. */
function noteOther(member: Member, path: string): void {
  const others = member.others ?? [];
  if (others === "crowd") return;
  member.others = others.length < OTHERS_KEPT ? [...others, path] : "crowd";
}

export function noCounts(): RangeCounts {
  return { read: 0, withoutAddress: 0, late: 0 };
}
