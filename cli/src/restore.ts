import { withExistingStore } from "@fanfare/local/installation/open";
import { withholdPruning } from "@fanfare/shared/broadcasts/pruning";
import type { Store } from "@fanfare/shared/hosting/store";
import type { Restored } from "@fanfare/shared/registrations";
import { showProgress } from "@fanfare/terminal/progress";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { find } from "./status.ts";

const HELP = `
Each document comes back as it was. Left out are addresses that are registered
again, and those of users who were deleted. May be repeated, and cut off.`;

export function restoreCommand(program: Command): void {
  withCommonOptions(
    program.command("restore <id>").description("bring back the registrations that a broadcast pruned"),
  )
    .addHelpText("after", HELP)
    .action((id: string, options: CommonOptions) =>
      withExistingStore(options, (store) => restore(store, id, options)),
    );
}

async function restore(store: Store, id: string, { json }: CommonOptions): Promise<void> {
  await find(store, id);
  const isStopped = await withholdPruning(store.broadcasts, id, "stopped so that its addresses come back");
  if (isStopped) console.error(`Pruning of ${id} is stopped (fanfare prune ${id} goes on with it).`);
  const counts = await bringBack(store, id);
  const { restored, registeredAgain, userGone } = counts;
  if (json) console.log(JSON.stringify({ broadcastId: id, ...counts }));
  else
    console.log(
      `${restored} registrations restored; ${registeredAgain} are registered again, the users of ${userGone} are gone.`,
    );
}

async function bringBack({ registrations }: Store, id: string): Promise<Restored> {
  const progress = showProgress("restoring", await registrations.countPruned(id), "registrations");
  const total: Restored = { restored: 0, registeredAgain: 0, userGone: 0 };
  for await (const page of registrations.restore(id)) {
    total.restored += page.restored;
    total.registeredAgain += page.registeredAgain;
    total.userGone += page.userGone;
    progress.update(total.restored + total.registeredAgain + total.userGone);
  }
  progress.end();
  return total;
}
