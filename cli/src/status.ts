import { setTimeout as sleep } from "node:timers/promises";
import { withExistingStore } from "@fanfare/local/installation/open";
import { estimateAudience } from "@fanfare/resolver/estimate-audience";
import { type Broadcast, type Gate, isAcceptable, isFinished } from "@fanfare/shared/domain/broadcast";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/hosting/store";
import { pausedForMs } from "@fanfare/shared/senders/pauses";
import { booksTable } from "@fanfare/terminal/books-table";
import { showProgress } from "@fanfare/terminal/progress";
import type { Command } from "commander";
import { clockTime } from "./clock-time.ts";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";

interface StatusOptions extends CommonOptions {
  wait?: boolean;
}

const LOOK_EVERY_MS = 500;

export function statusCommand(program: Command): void {
  withCommonOptions(program.command("status <id>").description("how far a broadcast is, and its books"))
    .option("--wait", "show progress until it has finished, or is held or paused")
    .action((id: string, options: StatusOptions) =>
      withExistingStore(options, (store) => status(store, id, options)),
    );
}

async function status(store: Store, id: string, { wait, json }: StatusOptions): Promise<void> {
  const broadcast = wait ? await follow(store, id) : await find(store, id);
  const books = broadcast.books ?? (await store.ledger.books(id));
  const pruned = await store.registrations.countPruned(id);
  const { pruning, content, retriedAs, corrected, accepts = [] } = broadcast;
  const waitsUntil = await waitFor(store, broadcast);
  if (json) {
    const more = { waitsUntil: iso(waitsUntil), pruned, pruning: pruning.state };
    console.log(JSON.stringify({ ...facts(broadcast), ...books, ...more }));
    return;
  }
  console.log(`${id}  ${JSON.stringify(content.title)}  ${stateOf(broadcast)}`);
  console.log(booksTable(books, pruned));
  for (const { code, ...whoAndWhat } of accepts)
    console.log(`Refusals accepted: ${code}, by ${whoAndWhy(whoAndWhat)}`);
  if (waitsUntil) console.log(`FCM asked everybody to wait until ${clockTime(waitsUntil)}.`);
  if (retriedAs) console.log(`Retried as ${retriedAs}.`);
  if (corrected) console.log(`Corrected by ${corrected.as}.`);
  if (pruning.state === "withheld")
    console.log(`Pruning is withheld: ${pruning.reason} (fanfare prune ${id} goes on).`);
}

/** Until when FCM asked everybody to wait, and this broadcast with them; null if it does not wait. */
async function waitFor({ senders, now }: Store, { phase }: Broadcast): Promise<number | null> {
  const leftMs = phase === "running" ? pausedForMs(await senders.look()) : 0;
  return leftMs > 0 ? now() + leftMs : null;
}

/** The broadcast with this id. @throws InvalidInput where there is none. */
export async function find({ broadcasts }: Store, id: string): Promise<Broadcast> {
  const broadcast = await broadcasts.get(id);
  if (!broadcast) throw new InvalidInput([{ field: "id", message: `there is no broadcast ${id}` }]);
  return broadcast;
}

/** What a program may want to know of a broadcast, besides its books. */
export function facts({ id, phase, fault, remark, gates, dueAt, createdAt, ...broadcast }: Broadcast) {
  const { releasedAt, finishedAt, deadline = null, audience, retriedAs, corrected, accepts } = broadcast;
  const { why, at = null } = broadcast.progress ?? {};
  return {
    broadcastId: id,
    state: phase,
    fault,
    remark,
    gates,
    accepts: accepts?.map((one) => ({ ...one, at: iso(one.at) })),
    dueAt: iso(dueAt),
    deadline: iso(deadline),
    createdAt: iso(createdAt),
    releasedAt: iso(releasedAt),
    finishedAt: iso(finishedAt),
    stuck: why === undefined ? undefined : { since: iso(at), why },
    follows: audience.of?.broadcasts,
    retriedAs,
    correctedAs: corrected?.as,
  };
}

/** The state of a broadcast in words. */
export function stateOf({ id, phase, gates, fault, remark, dueAt, progress }: Broadcast): string {
  const { held, paused, cancelled } = gates;
  if (cancelled) return `${phase === "running" ? "being cancelled" : phase} by ${whoAndWhy(cancelled)}`;
  const notes = [
    ...(held ? [`held by the ${whoAndWhy(held)} (${howToGoOn(id, held)})`] : []),
    ...(paused ? [`paused by ${whoAndWhy(paused)} (fanfare resume ${id} goes on)`] : []),
  ];
  const state = phase === "scheduled" ? `scheduled for ${iso(dueAt)}` : phase;
  if (notes.length > 0) return `${state}, ${notes.join(", ")}`;
  if (progress?.why !== undefined) return `${state}, stands still since ${iso(progress.at)}: ${progress.why}`;
  return [state, fault, remark].filter((part) => part !== undefined).join(": ");
}

/** What opens a hold. */
export function howToGoOn(id: string, held: Gate): string {
  const resume = `fanfare resume ${id} --held`;
  if (!isAcceptable(held)) return `${resume} goes on`;
  return `${resume} tries again; with --accept-refusals it rejects the devices that FCM refuses and sends to the rest`;
}

function whoAndWhy({ by, reason }: Pick<Gate, "by" | "reason">): string {
  return reason === undefined ? by : `${by}: ${reason}`;
}

/** Shows progress until the broadcast has finished and pruned, or is held. */
async function follow(store: Store, id: string): Promise<Broadcast> {
  const { audience } = await find(store, id);
  const { registrations: total } = await estimateAudience(store, audience);
  const progress = showProgress("sending", total, "registrations");
  for (;;) {
    const broadcast = await find(store, id);
    const { resolved, open } = await store.ledger.standing(id);
    progress.update(resolved - open);
    const { phase, gates, pruning } = broadcast;
    if ((isFinished(phase) && pruning.state !== "owed") || (gates.held ?? gates.paused)) {
      progress.end();
      return broadcast;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
