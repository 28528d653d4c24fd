import { endOfRun } from "../domain/address.ts";
import { isBefore } from "../domain/bounds.ts";
import { FIRST_TYPE, nextType } from "../domain/next-type.ts";
import { ofPlatforms, type Platform, platformOf } from "../domain/registration.ts";
import { summarizeUnknown, type UnknownTypes } from "../domain/unknown-types.ts";
import { forEach } from "../for-each.ts";
import { gather } from "../gather.ts";
import { MOST_VALUES_A_QUERY, type Query } from "../google/firestore.ts";

/** Each text costs a query at every survey: where there are more, it is cheaper to read all registrations. */
const MOST_TYPES = 300;
/** Types without a platform that are looked for one after the other. */
const MOST_UNKNOWN = 100;
const COUNTED_AT_ONCE = 20;

/** Texts of `device_type` that count as some platforms, as many as one query may ask for in each group. */
export type TypeGroups = string[][];

export interface DeviceTypes {
  /**
   * As of a moment after this call. Null where there are too many: then registrations have to be read without a filter.
   * Firestore finds exact texts only, and clients spell them in many ways.
   */
  groupsOf(platforms: readonly Platform[]): Promise<TypeGroups | null>;
  unknown(): Promise<UnknownTypes>;
}

/**
 * Finds out which texts of `device_type` there are, by the composite index of (device_type, fcm_token): the first one,
 * then the first one behind it, and so on. What earlier surveys found is kept, so that the next ones look at all gaps
 * between at once. A call never gets the answer of a survey that began before it: a spelling that first came right
 * before a release would be left out, with its devices. Calls that come meanwhile share the next one.
 */
export function createTypes(all: Query): DeviceTypes {
  const inOrder = all.orderBy("device_type").orderBy("fcm_token");
  /** In order. Texts that are gone by now do no harm. */
  let known: string[] = [];

  /** The first text from `from` on, as far as it can be asked for. */
  async function firstType(from: string, before?: string): Promise<string | null> {
    const query = inOrder.where("device_type", ">=", from);
    const bounded = before === undefined ? query : query.where("device_type", "<", before);
    const [first] = (await bounded.limit(1).select("device_type").get()).docs;
    return first ? endOfRun(first.get("device_type")) : null;
  }

  async function searchGap(from: string | null, before?: string): Promise<string[]> {
    const found: string[] = [];
    for (let at = from; at !== null && (before === undefined || isBefore(at, before)); ) {
      const type = await firstType(at, before);
      if (type === null || found.push(type) > MOST_TYPES) break;
      at = nextType(type);
    }
    return found;
  }

  async function survey(): Promise<string[]> {
    // A process that has once seen more than that goes on without.
    if (known.length > MOST_TYPES) return known;
    const starts = [FIRST_TYPE, ...known.map(nextType)];
    const gaps = await Promise.all(starts.map((from, index) => searchGap(from, known[index])));
    known = gaps.flatMap((found, index) => [...found, ...known.slice(index, index + 1)]);
    return known;
  }

  const surveyed = gather<null, string[]>(Number.POSITIVE_INFINITY, async (_, calls) => {
    const types = await survey();
    return calls.map(() => types);
  });

  async function groupsOf(platforms: readonly Platform[]): Promise<TypeGroups | null> {
    const types = await surveyed("", null);
    return types.length > MOST_TYPES ? null : inGroups(types.filter(ofPlatforms(platforms)));
  }

  const countOf = async (query: Query) => (await query.count().get()).data().count;

  async function unknown(): Promise<UnknownTypes> {
    const { types, end } = await walk();
    const counts: [string, number][] = [];
    await forEach(types, COUNTED_AT_ONCE, async (type) => {
      const withAddress = all.where("device_type", "==", type).where("fcm_token", ">", "");
      counts.push([type, await countOf(withAddress.orderBy("fcm_token"))]);
    });
    return summarizeUnknown(counts, end === null ? 0 : await countUnknownFrom(end));
  }

  /** Types without a platform, in order, and where to go on where there are very many. */
  async function walk(): Promise<{ types: string[]; end: string | null }> {
    const types: string[] = [];
    for (let at = ""; ; ) {
      const type = await firstType(at);
      if (type === null) return { types, end: null };
      if (types.length === MOST_UNKNOWN) return { types, end: type };
      if (platformOf(type) === undefined) types.push(type);
      at = `${type}\0`;
    }
  }

  async function countUnknownFrom(start: string): Promise<number> {
    const ofPlatform = (await surveyed("", null)).filter(
      (type) => platformOf(type) !== undefined && !isBefore(type, start),
    );
    let count = await countOf(inOrder.where("device_type", ">=", start));
    for (const group of inGroups(ofPlatform))
      count -= await countOf(inOrder.where("device_type", "in", group));
    return Math.max(0, count);
  }

  return { groupsOf, unknown };
}

function inGroups(types: readonly string[]): TypeGroups {
  const groups: TypeGroups = [];
  for (let start = 0; start < types.length; start += MOST_VALUES_A_QUERY)
    groups.push(types.slice(start, start + MOST_VALUES_A_QUERY));
  return groups;
}
