import type { Plan } from "./plan.ts";

/** What can go wrong in a round, by the names that `--faults` takes. */
export const KINDS = ["kills", "messages", "fcm", "hold", "app", "stall", "clock"] as const;
export type Kind = (typeof KINDS)[number];

/** What a round is like in which this kind does not go wrong. */
const WITHOUT: Record<Kind, (plan: Plan) => Partial<Plan>> = {
  kills: () => ({ kills: [] }),
  messages: () => ({ mischief: { dropped: 0, doubled: 0, delayed: 0, maxDelayMs: 1 } }),
  // Its speed, and how much it takes at a time, are not faults.
  fcm: ({ faults: { latency = {}, maxConcurrentStreams = 100 } }) => ({
    faults: { latency, maxConcurrentStreams },
    troubles: [],
    spells: [],
  }),
  hold: () => ({ holdAfterMs: null }),
  app: () => ({ refreshed: 0, latecomers: 0 }),
  stall: () => ({ stalls: [] }),
  clock: () => ({ clock: null }),
};

/** The same plan with these kinds only. */
export function onlyKinds(plan: Plan, kinds: readonly Kind[]): Plan {
  const rest = { ...plan };
  for (const kind of KINDS) if (!kinds.includes(kind)) Object.assign(rest, WITHOUT[kind](rest));
  return rest;
}
