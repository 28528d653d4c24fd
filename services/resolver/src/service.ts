import { TerminalError } from "@fanfare/shared/errors";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { broadcastsDue } from "@fanfare/shared/events/broadcasts-due";
import { onEvent } from "@fanfare/shared/hosting/event-endpoint";
import { type Hosted, hostOnBus, type Service } from "@fanfare/shared/hosting/service";
import type { Store } from "@fanfare/shared/store";
import { bury } from "./bury.ts";
import { type ResolverDeps, resolveRange } from "./resolve-range.ts";

/** Ranges read at once in one process: reading waits for the store, and more only spread one core thinner. */
const RANGES_AT_ONCE = 2;

export type ResolverParts = Omit<ResolverDeps, "draining"> & Pick<Store, "health" | "sync">;

/** The resolver: expands audiences into chunks. Asked to end it hands back what it has not read. */
export function createResolver(parts: ResolverParts): Hosted {
  const drain = new AbortController();
  const deps = { ...parts, draining: drain.signal };
  return {
    endpoints: [
      onEvent("resolver.due", RANGES_AT_ONCE, broadcastsDue, ({ broadcastId }) => begin(deps, broadcastId)),
      onEvent("resolver.ranges", RANGES_AT_ONCE, audienceRanges, ({ rangeId }) => resolve(deps, rangeId)),
      { subscription: "resolver.bury", concurrency: 1, handle: bury.bind(null, deps) },
    ],
    drain: () => drain.abort(),
    close: async () => {},
  };
}

export function startResolver(parts: ResolverParts): Service {
  return hostOnBus(createResolver(parts), parts);
}

async function resolve(deps: ResolverDeps, id: string): Promise<void> {
  if ((await resolveRange(deps, id)) === "missing")
    throw new TerminalError("RANGE_MISSING", `there is no range ${id}`);
}

async function begin(deps: ResolverDeps, id: string): Promise<void> {
  const broadcast = await deps.broadcasts.get(id);
  if (!broadcast) throw new TerminalError("BROADCAST_MISSING", `there is no broadcast ${id}`);
  // Whatever a message says, only the scheduler's own record releases a broadcast.
  if (broadcast.phase === "running") await resolve(deps, await deps.ledger.openRoot(id));
}
