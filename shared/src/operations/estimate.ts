import type { EarlierDeps } from "../audience/read-earlier.ts";
import { surveyEarlier } from "../audience/survey-earlier.ts";
import type { Audience, Earlier } from "../domain/broadcast.ts";
import { RANGE_SIZE, rangesFor } from "../domain/range-count.ts";
import type { UnknownTypes } from "../domain/unknown-types.ts";
import type { Registrations } from "../registrations/index.ts";

/** Whom a broadcast would reach if it were sent now. */
export interface Estimate {
  /** Registrations, of which several may hold one device's address: the devices are at most as many. */
  registrations: number;
  /** Listed users who have none, by their paths. */
  usersWithout: string[];
  /** Document reads, as Firestore bills them: what this estimate takes, and about what resolving the audience takes. */
  reads: { estimate: number; resolve: number };
}

interface EstimateDeps extends EarlierDeps {
  registrations: Pick<Registrations, "count" | "countOwned">;
}

/** As `estimateAudience`, with what only broadcasts to all reach: registrations of no known platform, by their types. */
export async function estimateOutside(
  deps: EstimateDeps & { registrations: Pick<Registrations, "unknownTypes"> },
  audience: Audience,
): Promise<Estimate & { unknownTypes?: UnknownTypes }> {
  const found = await estimateAudience(deps, audience);
  // Listed users are reached by their own devices, whatever these are called.
  return audience.users ? found : { ...found, unknownTypes: await deps.registrations.unknownTypes() };
}

/** Counts an audience, and reads none of it. */
export async function estimateAudience(
  deps: EstimateDeps,
  { users, platforms, of }: Audience,
): Promise<Estimate> {
  if (of) return estimateEarlier(deps, of);
  const { registrations } = deps;
  if (!users) {
    const count = await registrations.count({ after: "", upTo: null }, platforms);
    const resolve = count + readsOfPlanning(count);
    return { registrations: count, usersWithout: [], reads: { estimate: readsOfCount(count), resolve } };
  }
  const counts = await registrations.countOwned(users, platforms);
  const sum = (of: (count: number) => number) => counts.reduce((total, count) => total + of(count), 0);
  return {
    registrations: sum((count) => count),
    usersWithout: users.filter((_, index) => counts[index] === 0),
    // A query that finds nothing is billed as one read, too.
    reads: { estimate: sum(readsOfCount), resolve: sum((count) => Math.max(1, count)) },
  };
}

/** Reads the earlier broadcasts and their ranges, now and for each range of its own; later all their chunks, too. */
async function estimateEarlier(deps: EstimateDeps, of: Earlier): Promise<Estimate> {
  const { count, ranges, bounds } = await surveyEarlier(deps, of);
  const estimate = of.broadcasts.length + ranges.length;
  const chunks = ranges.reduce((sum, { made }) => sum + made, 0);
  const resolve = estimate * (bounds.length + 1) + chunks;
  return { registrations: count, usersWithout: [], reads: { estimate, resolve } };
}

/** A count is billed as a read for each thousand index entries, and as one at least. (firebase.google.com/docs/firestore/pricing) */
export function readsOfCount(entries: number): number {
  return Math.max(1, Math.ceil(entries / 1_000));
}

/** Three counts of everything, then about one for each time that parts are halved, and some looks at each part. */
function readsOfPlanning(count: number): number {
  const ranges = rangesFor(count, RANGE_SIZE);
  const halvings = ranges > 1 ? Math.ceil(Math.log2(ranges)) + 1 : 0;
  return Math.ceil(readsOfCount(count) * (3 + halvings / 2) + ranges * 4);
}
