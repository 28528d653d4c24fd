import { withExistingStore } from "@fanfare/local/installation/open";
import type { Broadcast, Pruning } from "@fanfare/shared/domain/broadcast";
import { countDead } from "@fanfare/shared/domain/phases";
import { InvalidInput } from "@fanfare/shared/errors";
import { releasePruning } from "@fanfare/shared/operations/prune";
import { requireBroadcast } from "@fanfare/shared/operations/require-broadcast";
import type { Store } from "@fanfare/shared/store";
import type { Command } from "commander";
import { ask } from "./ask.ts";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { whoActs } from "./who.ts";

interface PruneOptions extends CommonOptions {
  yes?: boolean;
}

export function pruneCommand(program: Command): void {
  withCommonOptions(
    program
      .command("prune <id>")
      .description("delete the dead addresses of a broadcast after all, where that was withheld"),
  )
    .option("--yes", "do not ask")
    .action((id: string, options: PruneOptions) =>
      withExistingStore(options, (store) => pruneAfterAll(store, id, options)),
    );
}

async function pruneAfterAll(store: Store, id: string, options: PruneOptions): Promise<void> {
  const broadcast = await requireBroadcast(store.broadcasts, id);
  const { pruning, books } = broadcast;
  const dead = books ? countDead(books) : 0;
  if (pruning.state === "withheld" && !(await confirmed(broadcast, dead, options))) {
    process.exitCode = 1;
    return;
  }
  const released = await releasePruning(store, id, whoActs());
  report(id, released?.kind ?? "not-withheld", released?.broadcast.pruning ?? pruning, dead, options);
}

/** Asks a person; a program must have said beforehand that it means it. */
async function confirmed({ id, pruning }: Broadcast, dead: number, { yes }: PruneOptions): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    const message = `is needed where nobody can be asked: ${dead} dead addresses would be deleted`;
    throw new InvalidInput([{ field: "--yes", message }]);
  }
  console.error(`Pruning of ${id} is withheld: ${pruning.reason}.`);
  const isSure = (await ask(`Type ${dead} to delete ${dead} dead addresses: `)) === String(dead);
  if (!isSure) console.error("Nothing was deleted.");
  return isSure;
}

function report(
  id: string,
  result: "released" | "not-withheld",
  { state }: Pruning,
  dead: number,
  { json }: PruneOptions,
): void {
  if (result !== "released") process.exitCode = 1;
  if (json) console.log(JSON.stringify({ broadcastId: id, result, pruning: state, deadAddresses: dead }));
  else if (result === "released")
    console.log(
      `${dead} dead addresses of ${id} are being deleted (fanfare restore ${id} brings them back).`,
    );
  else console.log(`Pruning of ${id} is not withheld: ${IN_WORDS[state]}.`);
}

const IN_WORDS: Record<Pruning["state"], string> = {
  none: "the broadcast has not finished",
  owed: "it is under way",
  withheld: "it was withheld again meanwhile",
  done: "it is done",
};
