import { withExistingStore } from "@fanfare/local/installation/open";
import { onOneLine } from "@fanfare/shared/domain/quote";
import { listBroadcasts, PHASES, readPhase } from "@fanfare/shared/operations/list";
import { facts } from "@fanfare/shared/operations/status";
import { readCount } from "@fanfare/terminal/read-count";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { inFlags } from "./send-options.ts";
import { stateOf } from "./status.ts";

interface ListOptions extends CommonOptions {
  state?: string;
  limit: string;
}

const MOST = 999_999;

export function listCommand(program: Command): void {
  withCommonOptions(program.command("list").description("the latest broadcasts, and what is scheduled"))
    .option("--state <state>", `only those that are ${PHASES.join(", ")}`)
    .option("--limit <number>", "how many, at most", "20")
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const phase = await inFlags(
    () => readPhase(options.state),
    (field) => `--${field}`,
  );
  const limit = readCount("--limit", options.limit, MOST);
  await withExistingStore(options, async (store) => {
    for (const broadcast of await listBroadcasts(store, { phase, limit })) {
      const { id, content } = broadcast;
      if (options.json) console.log(JSON.stringify({ ...facts(broadcast), title: content.title }));
      else console.log(onOneLine(`${id}  ${JSON.stringify(content.title)}  ${stateOf(broadcast)}`));
    }
  });
}
