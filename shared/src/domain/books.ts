import { codeOf, type Outcome, rejected } from "./outcome.ts";
import type { Range } from "./range.ts";

/** How many members ended how. resolved = accepted + rejected by code + expired + cancelled + unknown + open. */
export interface Books {
  resolved: number;
  accepted: number;
  rejected: Record<string, number>;
  expired: number;
  cancelled: number;
  unknown: number;
  open: number;
  /** At most this many times did FCM accept a message beyond a member's first. */
  possibleRepeats: number;
  /** Documents that hold no address, or a text that is none: too long, or with white space around it. */
  withoutAddress: number;
  /** Of those, the texts with white space around them; absent where there are none. */
  spaced?: number;
  /** Registrations younger than the release: not part of the audience. */
  late: number;
  /** About how many registrations were never resolved, because their range could not be read. */
  unresolvedAbout: number;
}

/** What one chunk adds to the books. */
export interface Tally {
  members: number;
  accepted: number;
  rejected: Record<string, number>;
  expired: number;
  cancelled: number;
  unknown: number;
  possibleRepeats: number;
}

export function emptyBooks(): Books {
  return {
    resolved: 0,
    accepted: 0,
    rejected: {},
    expired: 0,
    cancelled: 0,
    unknown: 0,
    open: 0,
    possibleRepeats: 0,
    withoutAddress: 0,
    late: 0,
    unresolvedAbout: 0,
  };
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** How many members ended in a way that is asked for. */
export function countWhere(books: Books, isMeant: (outcome: Outcome) => boolean): number {
  const { accepted, expired, cancelled, unknown } = books;
  const ended: [Outcome, number][] = [
    ["accepted", accepted],
    ["expired", expired],
    ["cancelled", cancelled],
    ["unknown", unknown],
  ];
  for (const [code, count] of Object.entries(books.rejected)) ended.push([rejected(code), count]);
  return ended.reduce((total, [outcome, count]) => total + (isMeant(outcome) ? count : 0), 0);
}

/** Adds a chunk's tally to the books, in place; what has no outcome yet is `open`. */
export function enter(books: Books, tally: Tally): void {
  const ended = tally.accepted + sum(tally.rejected) + tally.expired + tally.cancelled + tally.unknown;
  books.resolved += tally.members;
  books.accepted += tally.accepted;
  books.expired += tally.expired;
  books.cancelled += tally.cancelled;
  books.unknown += tally.unknown;
  books.open += tally.members - ended;
  books.possibleRepeats += tally.possibleRepeats;
  for (const [code, count] of Object.entries(tally.rejected)) {
    books.rejected[code] = (books.rejected[code] ?? 0) + count;
  }
}

/** Adds to the books, in place, what a range counted beside its members. */
export function enterRange(
  books: Books,
  { counts, unreadAbout }: Pick<Range, "counts" | "unreadAbout">,
): void {
  const spaced = (books.spaced ?? 0) + (counts.spaced ?? 0);
  books.withoutAddress += counts.withoutAddress;
  if (spaced > 0) books.spaced = spaced;
  books.late += counts.late;
  books.unresolvedAbout += unreadAbout;
}

/** Counts the outcomes of `members` members, of whom those without an outcome listed here were accepted or are open. */
export function tallyOf(
  members: number,
  open: number,
  outcomes: Iterable<Outcome>,
): Omit<Tally, "possibleRepeats"> {
  const tally = {
    members,
    accepted: members - open,
    rejected: {} as Record<string, number>,
    expired: 0,
    cancelled: 0,
    unknown: 0,
  };
  for (const outcome of outcomes) {
    if (outcome === "accepted") continue;
    tally.accepted -= 1;
    const code = codeOf(outcome);
    if (code !== undefined) tally.rejected[code] = (tally.rejected[code] ?? 0) + 1;
    else if (outcome === "expired") tally.expired += 1;
    else if (outcome === "cancelled") tally.cancelled += 1;
    else tally.unknown += 1;
  }
  return tally;
}
