import { setTimeout as sleep } from "node:timers/promises";
import { withExistingStore } from "@fanfare/local/installation/open";
import { type Broadcast, type Gate, isAcceptable, isFinished } from "@fanfare/shared/domain/broadcast";
import { clockTime } from "@fanfare/shared/operations/clock-time";
import { estimateAudience } from "@fanfare/shared/operations/estimate";
import { requireBroadcast } from "@fanfare/shared/operations/require-broadcast";
import { isoOf, type Status, statusFacts, statusOf } from "@fanfare/shared/operations/status";
import type { Store } from "@fanfare/shared/store";
import { booksTable } from "@fanfare/terminal/books-table";
import { showProgress } from "@fanfare/terminal/progress";
import type { Command } from "commander";
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
  if (wait) await follow(store, id);
  const found = await statusOf(store, id);
  if (json) console.log(JSON.stringify(statusFacts(found)));
  else print(found);
}

function print({ broadcast, books, pruned, waitsUntil }: Status): void {
  const { id, pruning, content, retriedAs, corrected, accepts = [] } = broadcast;
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

/** The state of a broadcast in words. */
export function stateOf({ id, phase, gates, fault, remark, dueAt, standstill }: Broadcast): string {
  const { held, paused, cancelled } = gates;
  if (cancelled) return `${phase === "running" ? "being cancelled" : phase} by ${whoAndWhy(cancelled)}`;
  const notes = [
    ...(held ? [`held by the ${whoAndWhy(held)} (${howToGoOn(id, held)})`] : []),
    ...(paused ? [`paused by ${whoAndWhy(paused)} (fanfare resume ${id} goes on)`] : []),
  ];
  const state = phase === "scheduled" ? `scheduled for ${isoOf(dueAt)}` : phase;
  if (notes.length > 0) return `${state}, ${notes.join(", ")}`;
  if (standstill?.why !== undefined)
    return `${state}, stands still since ${isoOf(standstill.at)}: ${standstill.why}`;
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
async function follow(store: Store, id: string): Promise<void> {
  const { audience } = await requireBroadcast(store.broadcasts, id);
  const { registrations: total } = await estimateAudience(store, audience);
  const progress = showProgress("sending", total, "registrations");
  for (;;) {
    const broadcast = await requireBroadcast(store.broadcasts, id);
    const { resolved, open } = await store.ledger.standing(id);
    progress.update(resolved - open);
    const { phase, gates, pruning } = broadcast;
    if ((isFinished(phase) && pruning.state !== "owed") || (gates.held ?? gates.paused)) {
      progress.end();
      return;
    }
    await sleep(LOOK_EVERY_MS);
  }
}
