import type { Broadcasts } from "../broadcasts/index.ts";
import { withholdPruning } from "../broadcasts/withhold-pruning.ts";
import type { Registrations, Restored } from "../registrations/index.ts";
import { requireBroadcast } from "./require-broadcast.ts";

interface RestoreDeps {
  broadcasts: Broadcasts;
  registrations: Pick<Registrations, "countPruned" | "restore">;
}

export interface RestoreWatcher {
  /** A pruning that was under way is stopped, or what came back would go again. */
  stopped?(): void;
  /** @param total registrations that may come back; called once, before the first does */
  begin?(total: number): void;
  /** @param done registrations that were looked at, of all */
  update?(done: number): void;
}

/**
 * Brings back the registrations that a broadcast pruned, each document as it was. Left out are addresses that are
 * registered again, and those of users who were deleted. A second call goes on with what is left.
 * @throws InvalidInput where there is no such broadcast
 */
export async function restore(
  { broadcasts, registrations }: RestoreDeps,
  id: string,
  watcher: RestoreWatcher = {},
): Promise<Restored> {
  await requireBroadcast(broadcasts, id);
  if (await withholdPruning(broadcasts, id, "stopped so that its addresses come back")) watcher.stopped?.();
  watcher.begin?.(await registrations.countPruned(id));
  const total: Restored = { restored: 0, registeredAgain: 0, userGone: 0 };
  for await (const page of registrations.restore(id)) {
    total.restored += page.restored;
    total.registeredAgain += page.registeredAgain;
    total.userGone += page.userGone;
    watcher.update?.(total.restored + total.registeredAgain + total.userGone);
  }
  return total;
}
