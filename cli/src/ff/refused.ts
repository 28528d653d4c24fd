import type { Command } from "commander";
import { readCount } from "../read-count.ts";
import { type CommonOptions, withCommonOptions, withExistingStore } from "../store.ts";

interface RefusedOptions extends CommonOptions {
  limit: string;
}

const MOST = 10_000;

export function refusedCommand(group: Command): void {
  withCommonOptions(
    group.command("refused").description("documents that were not sent, and why, the latest first"),
  )
    .option("--limit <number>", "how many, at most", "100")
    .action((options: RefusedOptions) =>
      withExistingStore(options, async ({ intake }) => {
        const refusals = await intake.refusals(readCount("--limit", options.limit, MOST));
        for (const refusal of refusals) {
          const { path, reason, sender, at } = refusal;
          if (options.json)
            console.log(JSON.stringify({ path, reason, sender, at: new Date(at).toISOString() }));
          else
            console.log(`${new Date(at).toISOString()}  ${path}${sender ? `, by ${sender}` : ""}: ${reason}`);
        }
        if (!options.json) console.log(summary(refusals.map(({ sender }) => sender)));
      }),
    );
}

/** How many, and whose. */
function summary(senders: readonly (string | undefined)[]): string {
  const bySender = Map.groupBy(
    senders.filter((sender) => sender !== undefined),
    (sender) => sender,
  );
  const counts = [...bySender].sort(([, a], [, b]) => b.length - a.length).slice(0, 10);
  const whose = counts.map(([sender, { length }]) => `${length} by ${sender}`).join(", ");
  return `${senders.length} refused${whose ? `: ${whose}` : ""}.`;
}
