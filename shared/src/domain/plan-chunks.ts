import { endOfRun, isAddressable, isSpaced } from "./address.ts";
import { CHUNK_SIZE, type Member, OTHERS_KEPT } from "./chunk.ts";
import type { RangeCounts } from "./range.ts";
import { platformOf, type Registration } from "./registration.ts";

/** How much goes into one chunk, and into one page, which is written in one transaction. */
export interface PlanLimits {
  chunkMembers: number;
  pageMembers: number;
}

/** A page is four chunks of some 100 KB each, well under Firestore's 10 MiB a request. */
export const PLAN_LIMITS: PlanLimits = { chunkMembers: CHUNK_SIZE, pageMembers: 4 * CHUNK_SIZE };

/**
 * Characters of text in a chunk: each takes six bytes as JSON at worst, and a chunk is a document of 1 MiB at most.
 * (firebase.google.com/docs/firestore/quotas) Addresses and paths as they are known fill a third of it.
 */
const CHUNK_CHARACTERS = 160_000;
const PAGE_CHARACTERS = 4 * CHUNK_CHARACTERS;

/** A page of the audience: its chunks, the text up to which it covers addresses, and what was counted on the way. */
export interface PlannedPage {
  chunks: Member[][];
  cursor: string;
  counts: RangeCounts;
}

/** A registration to plan; one that was a member before says where else its address was found, and its platform. */
export type Plannable = Registration & Pick<Member, "others" | "platform">;

/**
 * Makes pages of registrations that come in the order of addresses. Documents with one address are neighbours, so
 * one device becomes one member in constant memory, whatever duplicates there are; a page never ends within an
 * address. Only registrations that were there at the release, `asOf`, are part of the audience.
 */
export async function* planPages(
  batches: AsyncIterable<Plannable[]> | Iterable<Plannable[]>,
  asOf: number,
  limits: PlanLimits = PLAN_LIMITS,
): AsyncGenerator<PlannedPage> {
  let page = emptyPage();
  /** The end of the run at hand. */
  let run = null as string | null;

  for await (const batch of batches) {
    for (const registration of batch) {
      const { address, createdAt } = registration;
      if (address === null) continue;
      const end = endOfRun(address);
      if (run !== end) {
        if (run !== null && isFull(page, limits)) {
          yield close(page, run, limits);
          page = emptyPage();
        }
        run = end;
      }
      page.counts.read += 1;
      if (!isAddressable(address)) page.counts.withoutAddress += 1;
      else if (isSpaced(address)) countSpaced(page.counts);
      else if (createdAt > asOf) page.counts.late += 1;
      else enter(page, address, registration);
    }
  }
  if (run !== null) yield close(page, run, limits);
}

interface OpenPage {
  members: Member[];
  characters: number;
  counts: RangeCounts;
}

function emptyPage(): OpenPage {
  return { members: [], characters: 0, counts: noCounts() };
}

function isFull({ members, characters }: OpenPage, { pageMembers }: PlanLimits): boolean {
  return members.length >= pageMembers || characters >= PAGE_CHARACTERS;
}

function countSpaced(counts: RangeCounts): void {
  counts.withoutAddress += 1;
  counts.spaced = (counts.spaced ?? 0) + 1;
}

/** Makes a device a member, or remembers where else its address is: pruning need not search for it then. */
function enter(page: OpenPage, address: string, registration: Plannable): void {
  const { kind, path, others = [], platform = platformOf(registration.deviceType) } = registration;
  const last = page.members.at(-1);
  const size = sizeOf({ address, path, others });
  if (last?.address === address) {
    page.characters += size - address.length;
    last.others = join(last.others, others === "crowd" ? others : [path, ...others]);
    return;
  }
  page.characters += size;
  const rest = { ...(platform && { platform }), ...(others.length > 0 && { others }) };
  page.members.push({ address, kind, path, ...rest });
}

function join(others: Member["others"] = [], more: string[] | "crowd"): string[] | "crowd" {
  if (others === "crowd" || more === "crowd") return "crowd";
  return others.length + more.length > OTHERS_KEPT ? "crowd" : [...others, ...more];
}

function close({ members, counts }: OpenPage, cursor: string, limits: PlanLimits): PlannedPage {
  return { chunks: cut(members, limits), cursor, counts };
}

/** Chunks of as many members as there may be, fewer where their texts are long. */
function cut(members: readonly Member[], { chunkMembers }: PlanLimits): Member[][] {
  const chunks: Member[][] = [];
  let chunk: Member[] = [];
  let characters = 0;
  for (const member of members) {
    const size = sizeOf(member);
    if (chunk.length === chunkMembers || (chunk.length > 0 && characters + size > CHUNK_CHARACTERS)) {
      chunks.push(chunk);
      [chunk, characters] = [[], 0];
    }
    chunk.push(member);
    characters += size;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

function sizeOf({ address, path, others = [] }: Omit<Member, "kind">): number {
  const size = address.length + path.length;
  return others === "crowd" ? size : others.reduce((sum, other) => sum + other.length, size);
}

export function noCounts(): RangeCounts {
  return { read: 0, withoutAddress: 0, late: 0 };
}
