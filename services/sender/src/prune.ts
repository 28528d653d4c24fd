import type { Broadcasts } from "@fanfare/shared/broadcasts";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import type { Chunk } from "@fanfare/shared/domain/chunk";
import { codeOf, DEAD_CODES } from "@fanfare/shared/domain/outcome";
import { PRUNING_HINT_MS } from "@fanfare/shared/domain/phases";
import type { Ledger } from "@fanfare/shared/ledger";
import type { Registrations } from "@fanfare/shared/registrations";

export interface PruneDeps {
  broadcasts: Broadcasts;
  ledger: Ledger;
  registrations: Registrations;
  now: () => number;
}

/** Chunks between two notes of how far a pruning has come: what a crash makes it look at again. */
const NOTE_EVERY = 20;

/**
 * Deletes every document with an address that FCM called dead in a broadcast, where the verdict over its whole ledger
 * allows it. Goes on where the last one stopped. Documents written since the release are left alone: their address
 * may be a new one. Two at once do no harm; the one that loses a write leaves the rest to the other.
 */
export async function prune(deps: PruneDeps, id: string): Promise<"pruned" | "elsewhere" | "not-owed"> {
  let broadcast = await deps.broadcasts.get(id);
  if (!broadcast?.owes.includes("prune") || broadcast.pruning.state !== "owed") return "not-owed";
  let seen = 0;
  for await (const chunk of deps.ledger.chunks(id, broadcast.pruning.cursor)) {
    await pruneChunk(deps, broadcast, chunk);
    seen += 1;
    if (seen % NOTE_EVERY > 0) continue;
    broadcast = await note(deps, broadcast, { cursor: chunk.id, hintAt: deps.now() + PRUNING_HINT_MS });
    if (!broadcast) return "elsewhere";
  }
  const owes = broadcast.owes.filter((debt) => debt !== "prune");
  return (await note(deps, { ...broadcast, owes }, { state: "done" })) ? "pruned" : "elsewhere";
}

async function pruneChunk(
  deps: PruneDeps,
  broadcast: Broadcast,
  { members, progress }: Chunk,
): Promise<void> {
  for (const [index, outcome] of Object.entries(progress.outcomes)) {
    const code = codeOf(outcome);
    const member = members[Number(index)];
    if (!member || code === undefined || !DEAD_CODES.has(code)) continue;
    const { address, kind } = member;
    await deps.registrations.prune({
      broadcast: broadcast.id,
      address,
      kind,
      code,
      notSince: broadcast.releasedAt ?? 0,
    });
  }
}

/** Writes how far it has come; null where the record was changed meanwhile by somebody who also prunes. */
async function note(
  deps: PruneDeps,
  broadcast: Broadcast,
  pruning: Partial<Broadcast["pruning"]>,
): Promise<Broadcast | null> {
  const next = { ...broadcast, pruning: { ...broadcast.pruning, ...pruning } };
  return (await deps.broadcasts.replace(next)) === "written" ? { ...next, version: next.version + 1 } : null;
}
