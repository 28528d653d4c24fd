import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { freshProgress } from "@fanfare/shared/domain/chunk";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import type { Outcome } from "@fanfare/shared/domain/outcome";
import { noCounts } from "@fanfare/shared/domain/plan-chunks";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import type { TestStore } from "@fanfare/shared/testing/store";

/** Brings a running broadcast to its end, with a member for each outcome. */
export async function finishWith(store: TestStore, id: string, outcomes: Outcome[]): Promise<void> {
  const root = rangeId(id, 0);
  const page = { chunks: [makeMembers(outcomes.length)], cursor: "z", counts: noCounts() };
  if ((await store.ledger.openPlanned(id, page)) === "exists") {
    const claim = await store.ledger.claimRange(root);
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    await store.ledger.addPage(root, claim.epoch, { ...page, from: "", published: 0 });
    await store.ledger.closeRange(root, claim.epoch, noCounts());
  }
  const claim = await store.ledger.claimChunk(chunkId(root, 0), "repeat");
  if (claim.kind !== "claimed") throw new Error(claim.kind);
  const progress = freshProgress(0);
  for (const [index, outcome] of outcomes.entries())
    if (outcome !== "accepted") progress.outcomes[index] = outcome;
  await store.ledger.settleChunk(claim.chunk.id, claim.epoch, progress);
  await tryFinish(store, id);
}

/** A broadcast that has finished, with a member for each outcome. */
export async function makeFinished(
  store: TestStore,
  name: string,
  outcomes: Outcome[],
  fields: Partial<Broadcast> = {},
): Promise<string> {
  const broadcast = makeBroadcast(name, fields);
  await store.broadcasts.create(broadcast);
  await finishWith(store, broadcast.id, outcomes);
  return broadcast.id;
}
