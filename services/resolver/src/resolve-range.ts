import { type Reading, readAudience } from "@fanfare/shared/audience/read-audience";
import { surveyEarlier } from "@fanfare/shared/audience/survey-earlier";
import type { DebtDeps } from "@fanfare/shared/broadcasts/debts";
import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import { audienceAsOf, type Broadcast } from "@fanfare/shared/domain/broadcast";
import { broadcastOf, chunkIds, type RangeId, rangeId } from "@fanfare/shared/domain/ids";
import { laneOf } from "@fanfare/shared/domain/lane";
import type { LeaseRule } from "@fanfare/shared/domain/lease";
import { noCounts, type PlanLimits, planPages } from "@fanfare/shared/domain/plan-chunks";
import { type Range, restOf } from "@fanfare/shared/domain/range";
import { TerminalError } from "@fanfare/shared/errors";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { publishChunks } from "@fanfare/shared/events/token-chunks";
import { holdLease, type Lease } from "@fanfare/shared/hosting/hold-lease";
import type { Log } from "@fanfare/shared/hosting/log";
import type { Registrations } from "@fanfare/shared/registrations";
import { planCut } from "./cut-range.ts";

export interface ResolverDeps extends DebtDeps {
  registrations: Registrations;
  /** About how many registrations one range holds after cutting. */
  rangeSize: number;
  /** Tests make pages small. */
  limits?: PlanLimits;
  lease: LeaseRule;
  /** Milliseconds that never run backwards. */
  monotonic: () => number;
  log: Log;
  /** Aborted when the process is asked to end: the page at hand is finished, the rest left to others. */
  draining: AbortSignal;
}

/** One claim on a range, with what it needs. */
interface Work {
  broadcast: Broadcast;
  range: Range;
  epoch: number;
  lease: Lease;
}

/** What became of a range: `elsewhere` where somebody else holds it, `handed-back` where this process is ending. */
export type Resolved = "closed" | "elsewhere" | "handed-back" | "missing";

/**
 * Resolves a range: reads the audience from the range's cursor on and writes chunks to the ledger, page by page, each
 * page before its messages. After a crash the next holder goes on from the cursor, and publishes again what may not
 * have been published; registrations are never read twice.
 * @throws TerminalError BROADCAST_MISSING for a range without its broadcast.
 */
export async function resolveRange(deps: ResolverDeps, id: RangeId): Promise<Resolved> {
  const since = deps.monotonic();
  const claim = await deps.ledger.claimRange(id);
  switch (claim.kind) {
    case "missing":
      return "missing";
    case "leased-elsewhere":
      return "elsewhere";
    case "closed":
      await tryFinish(deps, broadcastOf(id));
      return "closed";
    case "claimed": {
      const { range, epoch } = claim;
      const lease = holdLease(() => deps.ledger.renewRange(id, epoch), since, deps);
      try {
        return await resolveClaimed(deps, { range, epoch, lease });
      } finally {
        lease.end();
      }
    }
  }
}

async function resolveClaimed(deps: ResolverDeps, claim: Omit<Work, "broadcast">): Promise<Resolved> {
  const id = broadcastOf(claim.range.id);
  const broadcast = await deps.broadcasts.get(id);
  if (!broadcast) throw new TerminalError("BROADCAST_MISSING", `there is no broadcast ${id}`);
  const result = await work(deps, { ...claim, broadcast });
  if (result === "closed") await tryFinish(deps, id);
  return result;
}

async function work(deps: ResolverDeps, job: Work): Promise<Resolved> {
  const { range, epoch, broadcast } = job;
  await publishChunks(deps.bus, laneOf(broadcast), chunkIds(range.id, range.published, range.made));
  const reading = readAudience(deps, broadcast.audience, restOf(range));
  const cut = range.state === "cut" || (await tryCut(deps, job));
  if (cut === "elsewhere") return "elsewhere";
  if (cut) await publishChildren(deps, job);
  else {
    const read = await readOn(deps, job, reading);
    if (read !== "read") return read;
  }
  const counts = noCounts();
  // Only the first range counts these: they stand in no order that could be cut.
  if (range.id === rangeId(broadcast.id, 0)) counts.withoutAddress = await reading.countWithoutAddress();
  return (await deps.ledger.closeRange(range.id, epoch, counts)) === "done" ? "closed" : "elsewhere";
}

/** Cuts the whole audience into ranges, where it is large enough to be worth it and nobody has begun to read it. */
async function tryCut(deps: ResolverDeps, job: Work): Promise<boolean | "elsewhere"> {
  const { range, epoch, broadcast } = job;
  if (broadcast.audience.users || range.made > 0 || range.id !== rangeId(broadcast.id, 0)) return false;
  const { platforms, of } = broadcast.audience;
  // Members of earlier broadcasts are read as those were: where they are few, reading takes as long.
  const bounds = of
    ? (await surveyEarlier(deps, of)).bounds
    : await planCut(deps.registrations, restOf(range), platforms, deps.rangeSize);
  if (bounds.length === 0) return false;
  if ((await deps.ledger.cutRange(range.id, epoch, bounds)) === "fenced") return "elsewhere";
  range.children = bounds.length + 1;
  return true;
}

async function publishChildren({ bus }: ResolverDeps, { range, broadcast }: Work): Promise<void> {
  const ids = Array.from({ length: range.children }, (_, index) => rangeId(broadcast.id, index + 1));
  await bus.publish(
    audienceRanges.topic,
    ids.map((id) => audienceRanges.encode({ rangeId: id })),
  );
}

/** Reads and plans what is left of the range. */
async function readOn(
  deps: ResolverDeps,
  job: Work,
  { batches }: Reading,
): Promise<"read" | "elsewhere" | "handed-back"> {
  const { range, epoch, broadcast } = job;
  const lane = laneOf(broadcast);
  let { cursor, made } = range;
  for await (const page of planPages(batches, audienceAsOf(broadcast), deps.limits)) {
    // A lost lease shows at the write, too; here it is renewed where a busy process left its timer no turn.
    await job.lease.secure();
    // Everything made so far has been published: the write of the next page notes it at no cost.
    const written = await deps.ledger.addPage(range.id, epoch, { ...page, from: cursor, published: made });
    if (written === "fenced") return "elsewhere";
    await publishChunks(deps.bus, lane, chunkIds(range.id, made, made + page.chunks.length));
    cursor = page.cursor;
    made += page.chunks.length;
    if (deps.draining.aborted) {
      const released = await deps.ledger.releaseRange(range.id, epoch, 0);
      return released === "done" ? "handed-back" : "elsewhere";
    }
  }
  return "read";
}
