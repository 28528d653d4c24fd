import type { DebtDeps } from "@fanfare/shared/broadcasts/debts";
import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import type { Delivery } from "@fanfare/shared/bus";
import { SOURCE_SUBSCRIPTION } from "@fanfare/shared/bus/dead-letters";
import { closeOpen } from "@fanfare/shared/domain/chunk";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { rejected, UNDELIVERED } from "@fanfare/shared/domain/outcome";
import { tokenChunks } from "@fanfare/shared/events/token-chunks";
import type { Health } from "@fanfare/shared/health";
import { letterOf } from "@fanfare/shared/health/letter";

/**
 * Answers a dead letter of the sender's. A chunk whose messages kept failing is claimed like any, and its members get
 * an outcome: `unknown` where something may have reached FCM, else rejected as undelivered. A chunk that somebody
 * works on, or that waits for its time, is left alone: it does well without that message.
 */
export async function bury(deps: DebtDeps & { health: Health }, delivery: Delivery): Promise<void> {
  await deps.health.noteDeadLetter(letterOf(delivery));
  const { data, attributes } = delivery;
  // Pruning is owed by the broadcast's record, so the tick asks again by itself.
  if (attributes[SOURCE_SUBSCRIPTION] === "sender.prune") return;
  const { chunkId } = tokenChunks.decode(data);
  const claim = await deps.ledger.claimChunk(chunkId, "repeat");
  if (claim.kind !== "claimed") return;
  await deps.ledger.settleChunk(chunkId, claim.epoch, closeOpen(claim.chunk.progress, rejected(UNDELIVERED)));
  await tryFinish(deps, broadcastOf(chunkId));
}
