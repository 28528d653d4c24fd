import { withExistingStore } from "@fanfare/local/installation/open";
import { restore } from "@fanfare/shared/operations/restore";
import type { Store } from "@fanfare/shared/store";
import { type ProgressLine, showProgress } from "@fanfare/terminal/progress";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";

const HELP = `
Each document comes back as it was. Left out are addresses that are registered
again, and those of users who were deleted. May be repeated, and cut off.`;

export function restoreCommand(program: Command): void {
  withCommonOptions(
    program.command("restore <id>").description("bring back the registrations that a broadcast pruned"),
  )
    .addHelpText("after", HELP)
    .action((id: string, options: CommonOptions) =>
      withExistingStore(options, (store) => bringBack(store, id, options)),
    );
}

async function bringBack(store: Store, id: string, { json }: CommonOptions): Promise<void> {
  let progress: ProgressLine | undefined;
  const counts = await restore(store, id, {
    stopped: () => console.error(`Pruning of ${id} is stopped (fanfare prune ${id} goes on with it).`),
    begin(total) {
      progress = showProgress("restoring", total, "registrations");
    },
    update: (done) => progress?.update(done),
  });
  progress?.end();
  const { restored, registeredAgain, userGone } = counts;
  if (json) console.log(JSON.stringify({ broadcastId: id, ...counts }));
  else
    console.log(
      `${restored} registrations restored; ${registeredAgain} are registered again, the users of ${userGone} are gone.`,
    );
}
