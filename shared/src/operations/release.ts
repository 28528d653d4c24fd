import { clearDebt, type DebtDeps, payDebts } from "../broadcasts/debts.ts";
import { tryFinish } from "../broadcasts/try-finish.ts";
import { audienceAsOf, type Broadcast } from "../domain/broadcast.ts";
import { chunkIds, rangeId } from "../domain/ids.ts";
import { isSmall, laneOf } from "../domain/lane.ts";
import { orderListed } from "../domain/listed.ts";
import { noCounts, planPages } from "../domain/plan-chunks.ts";
import { publishChunks } from "../events/token-chunks.ts";
import type { Registrations } from "../registrations/index.ts";

export interface ReleaseDeps extends DebtDeps {
  registrations: Registrations;
}

/**
 * Pays what a broadcast owes after the write that released it. A small audience is planned here and now, which saves
 * it the way through the resolver and most of the writes. The resolver gets every other one, and whatever cannot be
 * planned here: it tries again, and answers for what can never be read.
 */
export async function payRelease(deps: ReleaseDeps, broadcast: Broadcast): Promise<void> {
  const isDue = broadcast.owes.includes("due");
  const made = isDue && isSmall(broadcast.audience) ? await plan(deps, broadcast).catch(() => null) : null;
  if (made === null) return payDebts(deps, broadcast);
  await publishChunks(deps.bus, laneOf(broadcast), chunkIds(rangeId(broadcast.id, 0), 0, made));
  await clearDebt(deps.broadcasts, broadcast.id, "due");
  if (made === 0) await tryFinish(deps, broadcast.id);
}

/**
 * Writes the whole audience to the ledger, as the resolver would.
 * @returns how many chunks it makes; null where it does not fit one page, or where somebody has begun to resolve it
 */
async function plan({ registrations, ledger }: ReleaseDeps, broadcast: Broadcast): Promise<number | null> {
  const { id, audience } = broadcast;
  const owned = await registrations.readOwned(audience.users ?? []);
  const listed = orderListed(owned, audience.platforms);
  const pages = await Array.fromAsync(planPages([listed], audienceAsOf(broadcast)));
  const [page = { chunks: [], cursor: "", counts: noCounts() }, another] = pages;
  if (another) return null;
  page.counts.withoutAddress += owned.filter(({ address }) => !address).length;
  const planned = await ledger.openPlanned(id, page);
  return planned === "planned" ? page.chunks.length : null;
}
