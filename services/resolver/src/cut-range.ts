import { between, isBefore } from "@fanfare/shared/domain/bounds";
import type { Span } from "@fanfare/shared/domain/range";
import type { Platform } from "@fanfare/shared/domain/registration";
import type { Registrations } from "@fanfare/shared/registrations";

/** A broadcast's audience is cut into this many ranges at most. */
export const MAX_RANGES = 400;
/** Probes into one part that moved its bound nowhere, before the part is taken as it is. */
const MAX_PROBES = 24;

/** A stretch of the audience with the number of registrations in it. `upTo` is present, but for the last one's. */
interface Part extends Span {
  count: number;
}

/**
 * Bounds that cut a span into parts of about `rangeSize` registrations, none of more than twice its share, where the
 * addresses allow that: one address is never cut. Empty where one range will do.
 *
 * Found by counting and by interpolating between addresses that are present: parts over their share are halved until
 * none is, then small neighbours are joined. A count costs a read per thousand index entries, and each registration
 * is counted about as often as there are halvings, so the cost stays around one percent of reading.
 */
export async function planCut(
  registrations: Registrations,
  span: Span,
  platforms: readonly Platform[] | undefined,
  rangeSize: number,
): Promise<string[]> {
  const total = await registrations.count(span, platforms);
  const wanted = Math.min(MAX_RANGES - 1, Math.ceil(total / rangeSize));
  if (wanted < 2) return [];
  const share = total / wanted;
  const parts: Part[] = [];
  const open: Part[] = [{ ...span, count: total }];
  for (let part = open.pop(); part; part = open.pop()) {
    const halves = part.count > share ? await halve(registrations, part, platforms) : null;
    if (halves) open.push(halves[1], halves[0]);
    else parts.push(part);
  }
  return join(parts, share)
    .map((part) => part.upTo)
    .filter((bound) => bound !== null)
    .slice(0, -1);
}

/** Splits a part at an address that is present, as near to its middle as interpolation finds; null where it cannot. */
async function halve(
  registrations: Registrations,
  part: Part,
  platforms: readonly Platform[] | undefined,
): Promise<[Part, Part] | null> {
  const first = await registrations.firstFrom("", part, platforms);
  if (first === null) return null;
  const last = part.upTo ?? "\u{10FFFF}";
  const low = first;
  let high = last;
  for (let probe = 0; probe < MAX_PROBES && isBefore(low, high); probe++) {
    const middle = between(low, high);
    const found = await registrations.firstFrom(middle, part, platforms);
    // Nothing from the middle on, or only the bound itself: what there is lies below.
    if (found === null || (part.upTo !== null && found === part.upTo)) {
      if (middle === high) break;
      high = middle;
      continue;
    }
    const count = await registrations.count({ after: part.after, upTo: found }, platforms);
    if (count === part.count) {
      if (middle === high) break;
      high = middle;
      continue;
    }
    return [
      { after: part.after, upTo: found, count },
      { after: found, upTo: part.upTo, count: part.count - count },
    ];
  }
  return splitAtFirst(registrations, part, first, platforms);
}

/** The last resort, for a crowd of equal addresses: the first address on one side, everything else on the other. */
async function splitAtFirst(
  registrations: Registrations,
  part: Part,
  first: string,
  platforms: readonly Platform[] | undefined,
): Promise<[Part, Part] | null> {
  const count = await registrations.count({ after: part.after, upTo: first }, platforms);
  if (count === part.count) return null;
  return [
    { after: part.after, upTo: first, count },
    { after: first, upTo: part.upTo, count: part.count - count },
  ];
}

/** Joins neighbours as long as they stay within twice the share. */
function join(parts: readonly Part[], share: number): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (before && before.count + part.count <= 2 * share)
      joined[joined.length - 1] = { after: before.after, upTo: part.upTo, count: before.count + part.count };
    else joined.push({ ...part });
  }
  return joined;
}
