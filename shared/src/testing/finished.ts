import { tryFinish } from "../broadcasts/try-finish.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { freshProgress } from "../domain/chunk.ts";
import { chunkId, rangeId } from "../domain/ids.ts";
import type { Outcome } from "../domain/outcome.ts";
import { noCounts } from "../domain/plan-chunks.ts";
import { makeBroadcast, makeMembers } from "./records.ts";
import type { TestStore } from "./store.ts";

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
