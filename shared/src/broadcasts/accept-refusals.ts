import type { Acceptance, Broadcast } from "../domain/broadcast.ts";
import { type Chunk, type Progress, suspectsOf } from "../domain/chunk.ts";
import { accept, openGate } from "../domain/gates.ts";
import type { BroadcastId } from "../domain/ids.ts";
import { CREDENTIAL_REFUSED } from "../domain/outcome.ts";
import { type DebtDeps, payDebts } from "./debts.ts";
import { update } from "./index.ts";

/** More open chunks than this are not looked at: there are others to be sent to, who will decide it. */
const MOST_CHUNKS = 50;

/**
 * Ends a broadcast whose open members were all refused. No other answer will come that could tell whether the members
 * are at fault or all messages, and a hold would not be mended by waiting. Their refusals are accepted, and what was
 * held for them goes on, so that each member is rejected. `others-open`: some member may still be sent to, or FCM
 * refuses the credential, which a person mends; nothing is changed. A second call changes nothing, and several at once
 * do it once.
 * @param refusal what it is to fail for if no member was reached
 */
export async function endRefused(
  deps: DebtDeps,
  id: BroadcastId,
  refusal: Pick<Acceptance, "code" | "reason">,
): Promise<"accepted" | "others-open"> {
  const chunks = await readLast(deps, id);
  if (chunks === null) return "others-open";
  const at = deps.now();
  let accepted = false;
  const decide = (current: Broadcast): Broadcast | null => {
    const refusals = refusalsOf(current, chunks, refusal);
    accepted = refusals !== null;
    if (refusals === null) return null;
    const next = accept(
      current,
      refusals.map((one) => ({ ...one, by: "sender", at })),
    );
    const doubts = current.gates.held?.doubts;
    const opened = refusals.some(({ code }) => code === doubts) ? openGate(next, "held") : next;
    return opened === current ? null : opened;
  };
  const act = { what: "accept" as const, by: "sender", at, reason: refusal.reason };
  const broadcast = await update(deps.broadcasts, id, decide, act);
  if (accepted && broadcast) await payDebts(deps, broadcast);
  return accepted ? "accepted" : "others-open";
}

/**
 * All open chunks, where they are few and no more can be made. In this order: once no range is open no chunk is made,
 * so that what is found then is all there is.
 */
async function readLast({ ledger }: DebtDeps, id: BroadcastId): Promise<Chunk[] | null> {
  const { ranges, openRanges, openChunks } = await ledger.standing(id);
  if (ranges === 0 || openRanges > 0 || openChunks > MOST_CHUNKS) return null;
  return ledger.openChunks(id, MOST_CHUNKS);
}

/** The refusals of all open members, the one given first; null if there is a member without one. */
function refusalsOf(
  current: Broadcast,
  chunks: readonly Chunk[],
  refusal: Pick<Acceptance, "code" | "reason">,
): Pick<Acceptance, "code" | "reason">[] | null {
  if (current.phase !== "running" || current.gates.cancelled) return null;
  if (!chunks.every(({ progress }) => isRefused(progress, current.trial ?? 0))) return null;
  const found = new Map(chunks.flatMap(({ progress }) => wordsOf(progress)));
  if (found.size === 0 || found.has(CREDENTIAL_REFUSED)) return null;
  const own = found.delete(refusal.code) ? [refusal] : [];
  return [...own, ...[...found].map(([code, reason]) => ({ code, reason }))];
}

/** Whether all open members were refused since the last resume from a hold: it sends to earlier ones again. */
function isRefused(progress: Progress, trial: number): boolean {
  if (progress.open.length === 0) return true;
  return progress.refusals?.trial === trial && suspectsOf(progress).size === progress.open.length;
}

/** What FCM said of open members, by code. */
function wordsOf(progress: Progress): [code: string, says: string][] {
  const codes = new Set(suspectsOf(progress).values());
  const said = progress.refusals?.said ?? [];
  return said.filter(({ code }) => codes.has(code)).map(({ code, says }) => [code, says]);
}
