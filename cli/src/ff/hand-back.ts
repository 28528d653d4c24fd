import { withExistingStore } from "@fanfare/local/installation/open";
import { handBack } from "@fanfare/scheduler/flutterflow/hand-back";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "../common-options.ts";
import { whoActs } from "../who.ts";

export function handBackCommand(group: Command): void {
  const text = "let go of all that is scheduled by documents, without answering them, for another to send it";
  withCommonOptions(group.command("hand-back").description(text)).action((options: CommonOptions) =>
    withExistingStore(options, async (store) => {
      const count = await handBack(store, whoActs());
      if (options.json) console.log(JSON.stringify({ handedBack: count }));
      else console.log(`${count} scheduled broadcasts were handed back.`);
    }),
  );
}
