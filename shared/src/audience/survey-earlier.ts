import { countWhere } from "../domain/books.ts";
import type { Broadcast, Earlier } from "../domain/broadcast.ts";
import { overlap, type Range } from "../domain/range.ts";
import { type EarlierDeps, MEANT } from "./read-earlier.ts";

/** What is known of members of earlier broadcasts without reading one of them. */
export interface Survey {
  /** How many they are. Exact, but for those whom ranges that died never resolved. */
  count: number;
  /** The ranges of all the broadcasts. */
  ranges: Range[];
  /** Where reading them can be cut: where the most cut one of the broadcasts was. */
  bounds: string[];
}

export async function surveyEarlier(
  { broadcasts, ledger }: Pick<EarlierDeps, "broadcasts"> & { ledger: Pick<EarlierDeps["ledger"], "ranges"> },
  { broadcasts: ids, who }: Earlier,
): Promise<Survey> {
  const survey: Survey = { count: 0, ranges: [], bounds: [] };
  for (const id of ids) {
    const [source, ranges] = [await broadcasts.get(id), await ledger.ranges(id)];
    const bounds = boundsOf(ranges);
    survey.count += countMembers(source, ranges, who);
    survey.ranges.push(...ranges);
    if (bounds.length > survey.bounds.length) survey.bounds = bounds;
  }
  return survey;
}

/** The books of a finished broadcast know how many ended how. */
function countMembers(source: Broadcast | null, ranges: readonly Range[], who: Earlier["who"]): number {
  const resolved = source?.books ? countWhere(source.books, MEANT[who]) : 0;
  return who === "retryable" ? resolved + ranges.reduce((sum, range) => sum + unreadOf(range), 0) : resolved;
}

const unreadOf = ({ state, unreadAbout }: Range) => (state === "dead" ? unreadAbout : 0);

/** The ends of the ranges that a root was cut into. The last of them has none. */
function boundsOf(ranges: readonly Range[]): string[] {
  return ranges.slice(1).flatMap(({ span }) => span.upTo ?? []);
}

/**
 * About how many of them a range has still to read: its part of all, as large as its part of what the earlier
 * broadcasts read. At least one, so that it is never said that nobody is missing.
 */
export function unreadOfEarlier({ count, ranges }: Survey, { span, counts }: Range): number {
  const weigh = (some: readonly Range[]) =>
    some.reduce((sum, one) => sum + one.counts.read + unreadOf(one), 0);
  const all = weigh(ranges);
  const part = weigh(ranges.filter((one) => overlap(one.span, span) !== null));
  const about = all > 0 ? Math.ceil((count * part) / all) : count;
  return Math.max(1, about - counts.read);
}
