/** Registrations whose `device_type` counts as no platform, by that text: broadcasts to a platform do not reach them. */
export interface UnknownTypes {
  registrations: number;
  /** The most frequent ones first. */
  types: { type: string; registrations: number }[];
  /** How many have another type than those. */
  others: number;
}

/** How many types are told by name. */
export const NAMED_TYPES = 20;

/** @param more how many are known beside those counted by type */
export function summarizeUnknown(
  counts: Iterable<readonly [type: string, count: number]>,
  more = 0,
): UnknownTypes {
  const all = [...counts]
    .filter(([, count]) => count > 0)
    .map(([type, registrations]) => ({ type, registrations }));
  all.sort((a, b) => b.registrations - a.registrations || (a.type < b.type ? -1 : 1));
  const sum = (some: typeof all) => some.reduce((total, one) => total + one.registrations, 0);
  const types = all.slice(0, NAMED_TYPES);
  return { registrations: sum(all) + more, types, others: sum(all) - sum(types) + more };
}
