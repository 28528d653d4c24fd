import { endRefused } from "@fanfare/shared/broadcasts/accept-refusals";
import { retryDelayMs } from "@fanfare/shared/domain/backoff";
import { closedGates } from "@fanfare/shared/domain/broadcast";
import { CONTENT_REFUSED, CREDENTIAL_REFUSED } from "@fanfare/shared/domain/outcome";
import type { FaultGuard } from "./answer-fault.ts";
import { checkCredential, type InHand } from "./check-credential.ts";
import type { SenderDeps } from "./deps.ts";
import { handBack, type Sent } from "./leave-chunk.ts";
import type { BroadcastWatch } from "./watch-broadcasts.ts";

/** Longer, and a broadcast that is over but for a suspect would wait for nothing. */
const LONGEST_WAIT_MS = 60_000;

/**
 * What becomes of a chunk of which only suspects are left, and nothing that was seen decides about them.
 *
 * Where the others of the broadcast are still open, their answers will tell: the chunk waits. Where none is, there is
 * nothing more to tell by: what FCM refuses is rejected, and the broadcast ends; where a renewed credential is refused,
 * the broadcast is held, since that can be mended. Null: look again.
 */
export async function leaveUndecided(
  deps: SenderDeps,
  { watch, guard }: { watch: BroadcastWatch; guard: FaultGuard },
  undecided: InHand,
): Promise<Sent | null> {
  const { broadcast, claim, run } = undecided;
  const { id } = broadcast;
  const suspicions = run.suspicions();
  const credential = suspicions.find(({ code }) => code === CREDENTIAL_REFUSED);
  if (credential) {
    const judged = await guard.judgeCredential(broadcast, () => checkCredential(deps, undecided));
    if (judged === "good") run.decide((_, code) => code === CREDENTIAL_REFUSED);
    if (judged !== "refused") return null;
    if (await isLast(deps, undecided)) {
      const reason = `FCM does not take the credential: ${credential.says}`;
      await guard.stop(id, { kind: "credential", reason, doubts: CREDENTIAL_REFUSED });
      return null;
    }
  } else if (await endsHere(deps, watch, undecided, suspicions[0]?.says ?? "")) return null;
  // A gate that was closed meanwhile decides.
  const current = await watch.get(id, deps.monotonic());
  if (current && closedGates(current).length > 0) return null;
  const rule = { ...deps.retry, maxMs: LONGEST_WAIT_MS };
  return handBack(deps, undecided, retryDelayMs(claim.handBacks + 1, rule, deps.random()));
}

/**
 * Ends a broadcast whose open members were all refused, instead of holding it: no other member is left to hold it for.
 * They are rejected when their chunks are looked at next.
 */
export async function endsHere(
  deps: SenderDeps,
  watch: BroadcastWatch,
  { broadcast, claim, run }: Pick<InHand, "broadcast" | "claim" | "run">,
  reason: string,
): Promise<boolean> {
  await deps.ledger.noteProgress(claim.chunk.id, claim.epoch, run.progress());
  const ended = await endRefused(deps, broadcast.id, { code: CONTENT_REFUSED, reason });
  if (ended === "accepted") watch.forget(broadcast.id);
  return ended === "accepted";
}

/** Whether nothing else of the broadcast is open. */
async function isLast({ ledger }: SenderDeps, { broadcast }: InHand): Promise<boolean> {
  const { openRanges, openChunks } = await ledger.standing(broadcast.id);
  return openRanges === 0 && openChunks === 1;
}
