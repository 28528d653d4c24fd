import { isBefore } from "./bounds.ts";
import type { RangeId } from "./ids.ts";

/**
 * A part of the audience in the order of addresses: those after `after` up to and including `upTo`.
 * `""` is before every address; null is after every address. Order is that of the UTF-8 bytes.
 */
export interface Span {
  after: string;
  upTo: string | null;
}

export const EVERYTHING: Readonly<Span> = { after: "", upTo: null };

/** What two spans have in common; null where that is nothing. */
export function overlap(a: Span, b: Span): Span | null {
  const after = isBefore(a.after, b.after) ? b.after : a.after;
  const upTo = firstEnd(a.upTo, b.upTo);
  return upTo === null || isBefore(after, upTo) ? { after, upTo } : null;
}

function firstEnd(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return isBefore(a, b) ? a : b;
}

export function contains({ after, upTo }: Span, address: string): boolean {
  return isBefore(after, address) && (upTo === null || !isBefore(upTo, address));
}

/**
 * `cut`: its rest is its children's; they are still to be published. `dead`: it could not be read. `stopped`: its
 * broadcast was cancelled, and what lies behind its cursor was never read.
 */
export type RangeState = "open" | "cut" | "closed" | "dead" | "stopped";

export interface RangeCounts {
  /** Registrations read, of any kind. */
  read: number;
  withoutAddress: number;
  /** Of those without an address, the texts with white space around them; absent where there are none. */
  spaced?: number | undefined;
  late: number;
}

/** The record of a range. Its chunks are numbered from 0; `published` of the `made` ones are known to be published. */
export interface Range {
  id: RangeId;
  state: RangeState;
  span: Span;
  cursor: string;
  made: number;
  published: number;
  children: number;
  counts: RangeCounts;
  /** How often its messages ended as dead letters. */
  deaths: number;
  /** About how many registrations a dead or stopped range leaves unread. */
  unreadAbout: number;
}

/** What is left to read. */
export function restOf(range: Pick<Range, "cursor" | "span">): Span {
  return { after: range.cursor, upTo: range.span.upTo };
}

/**
 * Whether registrations behind its cursor belong to no other range and were never resolved, or not yet. The rest of one
 * that was cut is its children's, however it ended itself.
 */
export function leavesRest({ state, children }: Pick<Range, "state" | "children">): boolean {
  return children === 0 && state !== "closed" && state !== "cut";
}

/** Where a range has members, or should have. */
export function coverOf(range: Range): Span {
  return leavesRest(range) ? range.span : { after: range.span.after, upTo: range.cursor };
}

/** A range of which nothing has been read. */
export function freshRange(id: RangeId, span: Span): Range {
  return {
    id,
    span,
    state: "open",
    cursor: span.after,
    made: 0,
    published: 0,
    children: 0,
    counts: { read: 0, withoutAddress: 0, late: 0 },
    deaths: 0,
    unreadAbout: 0,
  };
}

/** A first range that has been read whole by whoever made it. */
export function readRange(
  id: RangeId,
  { cursor, made, counts }: Pick<Range, "cursor" | "made" | "counts">,
): Range {
  const fresh = freshRange(id, EVERYTHING);
  return { ...fresh, state: "closed", cursor, made, published: made, counts };
}

/** Whether nobody is to look at it any more. */
export function isOver({ state }: { state: string }): boolean {
  return state === "closed" || state === "dead" || state === "stopped";
}

/** A range that ends at its cursor because its broadcast does. One that was cut has left the rest to its children. */
export function stopped(range: Range, unreadAbout: number): Range {
  return range.state === "cut" ? { ...range, state: "closed" } : { ...range, state: "stopped", unreadAbout };
}

export function addCounts(a: RangeCounts, b: RangeCounts): RangeCounts {
  const spaced = (a.spaced ?? 0) + (b.spaced ?? 0);
  return {
    read: a.read + b.read,
    withoutAddress: a.withoutAddress + b.withoutAddress,
    ...(spaced > 0 && { spaced }),
    late: a.late + b.late,
  };
}
