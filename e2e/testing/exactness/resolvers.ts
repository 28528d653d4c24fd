import { type ResolverDeps, resolveRange } from "@fanfare/resolver/resolve-range";
import type { RangeId } from "@fanfare/shared/domain/ids";
import { LEASE } from "@fanfare/shared/domain/lease";
import { slices } from "@fanfare/shared/domain/slices";
import { RetryableError } from "@fanfare/shared/errors";
import { createLog } from "@fanfare/shared/hosting/log";
import type { Registrations } from "@fanfare/shared/registrations";
import type { Messages } from "../crash/messages.ts";
import { inWorld } from "../crash/ports.ts";
import type { Process, World } from "../crash/world.ts";
import type { Stores } from "../stores.ts";
import type { Plan } from "./plan.ts";

const log = createLog("exactness", "silent");

/** Listed users are not read in one moment: on Firestore each of them is a query. */
function readingApart(registrations: Registrations): Registrations {
  const readOwned = async (owners: readonly string[]) => {
    const parts = slices(owners, Math.ceil(owners.length / 4));
    return (await Promise.all(parts.map(registrations.readOwned))).flat();
  };
  return { ...registrations, readOwned };
}

/** Processes that resolve one range each, as deliveries of it start them: any number, of any range, at once. */
export function createResolvers(world: World, messages: Messages, stores: Stores, plan: Plan) {
  const started = new Map<Process, { id: RangeId; drain: AbortController }>();
  /** What went wrong by itself. */
  const failures: unknown[] = [];

  function depsOf(process: Process, draining: AbortSignal): ResolverDeps {
    return {
      broadcasts: inWorld(world, process, stores.broadcasts),
      ledger: inWorld(world, process, stores.ledger),
      registrations: readingApart(inWorld(world, process, stores.registrations)),
      documents: stores.documents,
      intake: stores.intake,
      bus: messages.busOf(process),
      now: world.now,
      monotonic: world.now,
      lease: LEASE,
      rangeSize: plan.rangeSize,
      limits: plan.limits,
      draining,
      log,
    };
  }

  /** Failures that were asked for are the world's; the range will be hinted at. */
  function note(error: unknown): void {
    if (!(error instanceof RetryableError && error.code === "STORE")) failures.push(error);
  }

  return {
    failures,
    start(id: RangeId): Process {
      const process = { name: `resolver ${started.size + 1}`, alive: true };
      const drain = new AbortController();
      started.set(process, { id, drain });
      resolveRange(depsOf(process, drain.signal), id).catch(note);
      return process;
    },
    rangeOf: (process?: Process) => process && started.get(process)?.id,
    /** Asks a process to end. */
    drain: (process: Process) => started.get(process)?.drain.abort(),
  };
}
