import { setTimeout as sleep } from "node:timers/promises";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/runtime/embedded";
import type { Command } from "commander";
import { booksTable } from "./books-table.ts";
import { showProgress } from "./progress.ts";
import { type CommonOptions, withCommonOptions, withStore } from "./store.ts";

const LOOK_EVERY_MS = 500;

export function statusCommand(program: Command): void {
  withCommonOptions(program.command("status <id>").description("how far a broadcast is, and its books"))
    .option("--wait", "show progress until it has finished")
    .action((id: string, options: CommonOptions & { wait?: boolean }) =>
      withStore(options, (store) => status(store, id, options)),
    );
}

async function status(store: Store, id: string, options: CommonOptions & { wait?: boolean }): Promise<void> {
  await find(store, id);
  if (options.wait) await follow(store, id);
  const broadcast = await find(store, id);
  const books = broadcast.books ?? (await store.ledger.books(id));
  const pruned = await store.registrations.countPruned(id);
  if (options.json) {
    const { phase, gates, fault, pruning, dueAt, createdAt, releasedAt, finishedAt } = broadcast;
    const times = {
      dueAt: iso(dueAt),
      createdAt: iso(createdAt),
      releasedAt: iso(releasedAt),
      finishedAt: iso(finishedAt),
    };
    return console.log(
      JSON.stringify({
        broadcastId: id,
        state: phase,
        fault,
        gates,
        ...times,
        ...books,
        pruned,
        pruning: pruning.state,
      }),
    );
  }
  console.log(`${id}  ${JSON.stringify(broadcast.content.title)}  ${stateOf(broadcast)}`);
  console.log(booksTable(books, pruned));
  if (broadcast.pruning.state === "withheld") console.log(`Nothing was pruned: ${broadcast.pruning.reason}.`);
}

/** The broadcast with this id. @throws InvalidInput where there is none. */
export async function find({ broadcasts }: Store, id: string): Promise<Broadcast> {
  const broadcast = await broadcasts.get(id);
  if (!broadcast) throw new InvalidInput([{ field: "id", message: `there is no broadcast ${id}` }]);
  return broadcast;
}

function stateOf({ phase, gates, fault, dueAt }: Broadcast): string {
  if (gates.held)
    return `${phase}, held by the ${gates.held.by}: ${gates.held.reason} (fanfare resume goes on)`;
  if (phase === "scheduled") return `scheduled for ${iso(dueAt)}`;
  return fault === undefined ? phase : `${phase}: ${fault}`;
}

async function follow(store: Store, id: string): Promise<void> {
  const { audience } = await find(store, id);
  const total = audience.users
    ? 0
    : await store.registrations.count({ after: "", upTo: null }, audience.platforms);
  const progress = showProgress("sending", total, "registrations");
  for (;;) {
    const { phase, gates } = await find(store, id);
    const { resolved, open } = await store.ledger.standing(id);
    progress.update(resolved - open);
    if (isFinished(phase) || gates.held) break;
    await sleep(LOOK_EVERY_MS);
  }
  progress.end();
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
