import { isBefore } from "../domain/bounds.ts";
import { EVERYTHING, type Span } from "../domain/range.ts";
import { ofPlatforms, type Platform } from "../domain/registration.ts";
import { forEach } from "../for-each.ts";
import type { Firestore, Query } from "../google/firestore.ts";
import { OWNERS_AT_ONCE } from "./firestore-reading.ts";
import type { DeviceTypes } from "./firestore-types.ts";
import type { Registrations } from "./index.ts";

interface Deps {
  tokensCollection: string;
  types: Pick<DeviceTypes, "groupsOf">;
  reading: Pick<Registrations, "read" | "readOwned">;
}

type Counting = Pick<Registrations, "count" | "countOwned" | "countWithoutAddress" | "firstFrom" | "size">;

/** Looks into the registrations by queries that find few documents or only count them, through Google's client. */
export function createCounting(firestore: Firestore, { tokensCollection, types, reading }: Deps): Counting {
  const all = firestore.collectionGroup(tokensCollection);
  const countOf = async (query: Query) => (await query.count().get()).data().count;

  function within({ after, upTo }: Span): Query {
    const query = all.where("fcm_token", ">", after);
    return (upTo === null ? query : query.where("fcm_token", "<=", upTo)).orderBy("fcm_token");
  }

  /** A query for each group of types, as one can ask for no more; null where there are too many types. */
  async function byTypes(query: Query, platforms: readonly Platform[] | undefined): Promise<Query[] | null> {
    if (!platforms) return [query];
    const groups = await types.groupsOf(platforms);
    return groups?.map((group) => query.where("device_type", "in", group)) ?? null;
  }

  const sumOf = async (queries: readonly Query[]) =>
    (await Promise.all(queries.map(countOf))).reduce((sum, count) => sum + count, 0);

  async function count(span: Span, platforms?: readonly Platform[]): Promise<number> {
    const queries = await byTypes(within(span), platforms);
    if (queries) return sumOf(queries);
    let read = 0;
    for await (const batch of reading.read(span, platforms)) read += batch.length;
    return read;
  }

  async function firstFrom(
    from: string,
    span: Span,
    platforms?: readonly Platform[],
  ): Promise<string | null> {
    const queries = await byTypes(within(span).where("fcm_token", ">=", from), platforms);
    if (!queries) return firstRead(from, span, platforms);
    const found = await Promise.all(queries.map((query) => query.limit(1).select("fcm_token").get()));
    const addresses = found.flatMap(({ docs }) => docs.map((one): string => one.get("fcm_token")));
    return addresses.reduce<string | null>((a, b) => (a === null || isBefore(b, a) ? b : a), null);
  }

  async function firstRead(
    from: string,
    span: Span,
    platforms?: readonly Platform[],
  ): Promise<string | null> {
    for await (const batch of reading.read(span, platforms)) {
      const found = batch.find(({ address }) => !isBefore(address ?? "", from));
      if (found) return found.address;
    }
    return null;
  }

  async function countOwned(
    owners: readonly string[],
    platforms: readonly Platform[] | undefined,
  ): Promise<number[]> {
    const groups = platforms && (await types.groupsOf(platforms));
    const counts: number[] = [];
    await forEach(owners.entries(), OWNERS_AT_ONCE, async ([index, owner]) => {
      const owned = firestore.doc(owner).collection(tokensCollection);
      if (groups === undefined) counts[index] = await countOf(owned.where("fcm_token", ">", ""));
      else if (groups === null) counts[index] = await countRead(owner, platforms);
      else counts[index] = await sumOf(groups.map((group) => owned.where("device_type", "in", group)));
    });
    return counts;
  }

  async function countRead(owner: string, platforms: readonly Platform[] | undefined): Promise<number> {
    const isMeant = ofPlatforms(platforms);
    return (await reading.readOwned([owner])).filter(({ deviceType }) => isMeant(deviceType)).length;
  }

  return {
    count,
    countOwned,
    countWithoutAddress: async () => {
      const [documents, addresses] = await Promise.all([countOf(all), count(EVERYTHING)]);
      return Math.max(0, documents - addresses);
    },
    firstFrom,
    size: () => countOf(all),
  };
}
