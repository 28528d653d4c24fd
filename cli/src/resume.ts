import { resume } from "@fanfare/shared/broadcasts/gates";
import type { Command } from "commander";
import { find } from "./status.ts";
import { type CommonOptions, withCommonOptions, withExistingStore } from "./store.ts";

export function resumeCommand(program: Command): void {
  withCommonOptions(
    program
      .command("resume <id>")
      .description("go on with a broadcast that the sender holds, once its cause is mended"),
  ).action((id: string, options: CommonOptions) =>
    withExistingStore(options, async (store) => {
      await find(store, id);
      const result = await resume({ ...store, now: Date.now }, id);
      if (options.json) console.log(JSON.stringify({ broadcastId: id, result: result?.kind }));
      else console.log(result?.kind === "resumed" ? `${id} goes on.` : `${id} is not held.`);
      if (result?.kind !== "resumed") process.exitCode = 1;
    }),
  );
}
