/** About how many registrations one range holds after cutting, unless a setting says otherwise. */
export const RANGE_SIZE = 10_000;

/** A broadcast's audience is cut into this many ranges at most. */
export const MAX_RANGES = 400;

/** How many ranges are about right. Never two: they would be no more than twice their share as one. */
export function rangesFor(total: number, rangeSize: number): number {
  const ranges = Math.min(MAX_RANGES - 1, Math.ceil(total / rangeSize));
  return ranges < 3 ? 1 : ranges;
}
