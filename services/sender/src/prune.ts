import { type Broadcasts, update } from "@fanfare/shared/broadcasts";
import { withholdPruning } from "@fanfare/shared/broadcasts/withhold-pruning";
import { type Audience, audienceAsOf, type Broadcast, type Pruning } from "@fanfare/shared/domain/broadcast";
import type { Chunk } from "@fanfare/shared/domain/chunk";
import { codeOf, DEAD_CODES } from "@fanfare/shared/domain/outcome";
import { doubtRecent, PRUNING_HINT_MS } from "@fanfare/shared/domain/phases";
import type { Ledger } from "@fanfare/shared/ledger";
import type { DeadAddress, Registrations } from "@fanfare/shared/registrations";
import type { Senders } from "@fanfare/shared/senders";

export interface PruneDeps {
  broadcasts: Broadcasts;
  ledger: Ledger;
  registrations: Registrations;
  senders: Senders;
  now: () => number;
}

/** Chunks between two notes of how far a pruning has come: what a crash makes it look at again. */
const NOTE_EVERY = 20;
/** A note puts off the tick's next question. Later, and a slow pruning would be joined by one process after the other. */
const NOTE_AFTER_MS = PRUNING_HINT_MS / 4;

/**
 * Deletes every document with an address that FCM called dead in a broadcast, where the verdict over its whole ledger
 * allows it. Goes on where the last one stopped. Documents written since the release are left alone: their address
 * may be a new one. Two at once do no harm; the one whose note comes second leaves the rest to the other. Nothing is
 * deleted while FCM calls most addresses dead, whatever the broadcast, unless a person has released this pruning.
 */
export async function prune(
  deps: PruneDeps,
  id: string,
): Promise<"pruned" | "elsewhere" | "not-owed" | "withheld"> {
  const broadcast = await deps.broadcasts.get(id);
  if (!broadcast || !owesPruning(broadcast)) return "not-owed";
  if (await withholds(deps, broadcast)) return "withheld";
  let { cursor } = broadcast.pruning;
  let [seen, notedAt] = [0, deps.now()];
  for await (const chunk of deps.ledger.chunks(id, cursor)) {
    if (!(await pruneChunk(deps, broadcast, chunk))) return "elsewhere";
    seen += 1;
    if (seen < NOTE_EVERY && deps.now() - notedAt < NOTE_AFTER_MS) continue;
    [seen, notedAt] = [0, deps.now()];
    const hintAt = notedAt + PRUNING_HINT_MS;
    if (!(await note(deps, id, cursor, { cursor: chunk.id, hintAt }))) return "elsewhere";
    cursor = chunk.id;
    if (await withholds(deps, broadcast)) return "withheld";
  }
  return (await note(deps, id, cursor, { state: "done" })) ? "pruned" : "elsewhere";
}

function owesPruning({ owes, pruning }: Broadcast): boolean {
  return owes.includes("prune") && pruning.state === "owed";
}

/**
 * Stops the pruning if what all senders were answered of late is implausible. The broadcast's own answers are among
 * them: a large one that was believed by itself is most of them, and is believed here too.
 */
async function withholds({ broadcasts, senders }: PruneDeps, { id }: Broadcast): Promise<boolean> {
  const seen = await senders.look();
  const doubt = doubtRecent(seen.senders.map(({ answers }) => answers));
  if (doubt === undefined) return false;
  return withholdPruning(broadcasts, id, doubt, ({ released }) => released === undefined);
}

/** False where somebody has stopped the pruning, or ended it: what goes now is looked at right before. */
async function pruneChunk(deps: PruneDeps, broadcast: Broadcast, chunk: Chunk): Promise<boolean> {
  const { id, audience } = broadcast;
  const dead = deadOf(chunk, isEverybody(audience));
  if (dead.length === 0) return true;
  const current = await deps.broadcasts.get(id);
  if (!current || !owesPruning(current)) return false;
  await deps.registrations.prune({ broadcast: id, notSince: audienceAsOf(broadcast), dead });
  return true;
}

/** Whether the resolver has read every document there was, so that none with an address of the chunk is unknown. */
function isEverybody({ platforms, users, of }: Audience): boolean {
  return !platforms && !users && !of;
}

function deadOf({ members, progress }: Chunk, allRead: boolean): DeadAddress[] {
  return Object.entries(progress.outcomes).flatMap(([index, outcome]) => {
    const code = codeOf(outcome);
    const member = members[Number(index)];
    if (!member || code === undefined || !DEAD_CODES.has(code)) return [];
    const { address, kind, path, others = [] } = member;
    const paths = allRead && others !== "crowd" ? [path, ...others] : undefined;
    return [{ address, kind, code, paths }];
  });
}

/** Notes a step on from `cursor`, beside whatever others wrote meanwhile; false where another pruned on from there. */
async function note(
  { broadcasts }: PruneDeps,
  id: string,
  cursor: string | undefined,
  step: Partial<Pruning>,
): Promise<boolean> {
  let noted = false;
  await update(broadcasts, id, (current) => {
    noted = owesPruning(current) && current.pruning.cursor === cursor;
    const owes = step.state === "done" ? current.owes.filter((debt) => debt !== "prune") : current.owes;
    return noted ? { ...current, owes, pruning: { ...current.pruning, ...step } } : null;
  });
  return noted;
}
