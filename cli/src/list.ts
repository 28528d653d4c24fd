import { withExistingStore } from "@fanfare/local/installation/open";
import type { Phase } from "@fanfare/shared/domain/broadcast";
import { onOneLine } from "@fanfare/shared/domain/quote";
import { InvalidInput } from "@fanfare/shared/errors";
import { facts } from "@fanfare/shared/operations/status";
import { readCount } from "@fanfare/terminal/read-count";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { stateOf } from "./status.ts";

interface ListOptions extends CommonOptions {
  state?: string;
  limit: string;
}

const MOST = 999_999;
const PHASES: readonly Phase[] = ["scheduled", "running", "succeeded", "failed", "cancelled"];

export function listCommand(program: Command): void {
  withCommonOptions(program.command("list").description("the latest broadcasts, and what is scheduled"))
    .option("--state <state>", `only those that are ${PHASES.join(", ")}`)
    .option("--limit <number>", "how many, at most", "20")
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const phase = PHASES.find((one) => one === options.state);
  if (options.state !== undefined && !phase)
    throw new InvalidInput([{ field: "--state", message: `must be one of ${PHASES.join(", ")}` }]);
  const limit = readCount("--limit", options.limit, MOST);
  await withExistingStore(options, async ({ broadcasts }) => {
    for (const broadcast of await broadcasts.list(phase, limit)) {
      const { id, content } = broadcast;
      if (options.json) console.log(JSON.stringify({ ...facts(broadcast), title: content.title }));
      else console.log(onOneLine(`${id}  ${JSON.stringify(content.title)}  ${stateOf(broadcast)}`));
    }
  });
}
