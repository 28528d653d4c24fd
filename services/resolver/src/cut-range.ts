import { endOfRun, LAST } from "@fanfare/shared/domain/address";
import { between, isBefore } from "@fanfare/shared/domain/bounds";
import type { Span } from "@fanfare/shared/domain/range";
import { rangesFor } from "@fanfare/shared/domain/range-count";
import type { Platform } from "@fanfare/shared/domain/registration";
import { forEach } from "@fanfare/shared/for-each";
import type { Registrations } from "@fanfare/shared/registrations";

/** Probes that interpolate; where so many moved a bound nowhere, addresses have more in common than it reads. */
const MAX_PROBES = 6;
/** Parts that are halved at once: each step waits for the store, and at ten million there are some thousand steps. */
const HALVED_AT_ONCE = 16;

/** A stretch of the audience with the number of registrations in it. It ends with a run, but for the last one. */
interface Part extends Span {
  count: number;
}

/** All that is asked of the registrations. */
type Countable = Pick<Registrations, "count" | "firstFrom">;

/**
 * Bounds that cut a span into parts of about `rangeSize` registrations, none of more than twice its share, where the
 * addresses allow that: one address is never cut. Empty where one range will do.
 *
 * Found by counting and by interpolating between addresses that are present: parts over their share are halved until
 * none is, then small neighbours are joined. A count costs a read per thousand index entries, and each registration
 * is counted about as often as there are halvings, so the cost stays around one percent of reading.
 */
export async function planCut(
  registrations: Countable,
  span: Span,
  platforms: readonly Platform[] | undefined,
  rangeSize: number,
): Promise<string[]> {
  const total = await registrations.count(span, platforms);
  const wanted = rangesFor(total, rangeSize);
  if (wanted === 1) return [];
  const share = total / wanted;
  const parts: Part[] = [];
  for (let open: Part[] = [{ ...span, count: total }]; open.length > 0; ) {
    const halved: Part[] = [];
    await forEach(open, HALVED_AT_ONCE, async (part) => {
      const halves = part.count > share ? await halve(registrations, part, platforms) : null;
      if (halves) halved.push(...halves);
      else parts.push(part);
    });
    open = halved;
  }
  parts.sort((a, b) => (isBefore(a.after, b.after) ? -1 : 1));
  return join(parts, share)
    .slice(0, -1)
    .map((part) => part.upTo)
    .filter((bound) => bound !== null);
}

/** Splits a part at an address that is present, about in its middle. Null where it holds but one address. */
async function halve(
  registrations: Countable,
  part: Part,
  platforms: readonly Platform[] | undefined,
): Promise<[Part, Part] | null> {
  const first = await registrations.firstFrom("", part, platforms);
  if (first === null || endOfRun(first) === part.upTo) return null;
  let high = part.upTo ?? LAST;
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const middle = between(first, high);
    if (middle === high) break;
    const halves = await splitFrom(registrations, part, middle, platforms);
    if (halves) return halves;
    high = middle;
  }
  const apart = await findApart(registrations, part, first, platforms);
  const halves = apart === null ? null : await splitFrom(registrations, part, apart, platforms);
  // Not from `first` itself, which may be longer than a text that is asked for.
  return halves ?? splitFrom(registrations, part, "", platforms);
}

/** Splits a part behind the run of its first address from `from` on; null where that is its last one. */
async function splitFrom(
  registrations: Countable,
  part: Part,
  from: string,
  platforms: readonly Platform[] | undefined,
): Promise<[Part, Part] | null> {
  const found = await registrations.firstFrom(from, part, platforms);
  if (found === null) return null;
  const end = endOfRun(found);
  if (end === part.upTo) return null;
  const count = await registrations.count({ after: part.after, upTo: end }, platforms);
  if (count === part.count) {
    // Only counting shows that this is the last one, where a part has no end. Known now, it is not counted again.
    part.upTo = end;
    return null;
  }
  return [
    { after: part.after, upTo: end, count },
    { after: end, upTo: part.upTo, count: part.count - count },
  ];
}

/**
 * A text at which the addresses of a part come apart, however much they have in common and whatever characters they
 * are of: behind what all but the last begin with, a character about halfway to the greatest that follows.
 */
async function findApart(
  registrations: Countable,
  part: Part,
  first: string,
  platforms: readonly Platform[] | undefined,
): Promise<string | null> {
  const hasFrom = async (text: string) => {
    const found = await registrations.firstFrom(text, part, platforms);
    return found !== null && endOfRun(found) !== part.upTo;
  };
  const characters = Array.from(endOfRun(first));
  const start = (length: number) => characters.slice(0, length).join("");
  let common = 0;
  for (let apart = characters.length + 1; apart - common > 1; ) {
    const length = Math.floor((common + apart) / 2);
    if (await hasFrom(start(length) + LAST)) apart = length;
    else common = length;
  }
  const code = characters[common]?.codePointAt(0) ?? 0;
  let text: string | null = null;
  for (let step = 1; code + step < 0x10ffff; step *= 2) {
    const next = start(common) + toCharacter(code + step);
    if (!(await hasFrom(next))) break;
    text = next;
  }
  return text;
}

/** Surrogates are no characters: the next one that is stands for them. */
function toCharacter(code: number): string {
  return String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0xe000 : code);
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
