import { withExistingStore } from "@fanfare/local/installation/open";
import { onOneLine } from "@fanfare/shared/domain/quote";
import type { DocumentRefusal } from "@fanfare/shared/intake";
import { readCount } from "@fanfare/terminal/read-count";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "../common-options.ts";

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
          if (options.json) console.log(JSON.stringify({ ...shown(refusal), at: iso(refusal.at) }));
          else console.log(lineOf(refusal));
        }
        if (!options.json) console.log(summaryOf(refusals));
      }),
    );
}

const iso = (at: number) => new Date(at).toISOString();

const shown = ({ path, reason, sender, left }: DocumentRefusal) => ({ path, reason, sender, left });

/** Paths, senders and reasons hold what users wrote. */
export function lineOf({ path, reason, sender, left, at }: DocumentRefusal): string {
  const by = sender ? `, by ${sender}` : "";
  return onOneLine(`${iso(at)}  ${path}${by}: ${left ? "left as it was: " : ""}${reason}`);
}

/** How many, and whose; those that were left apart from those that were refused. */
export function summaryOf(all: readonly DocumentRefusal[]): string {
  const refused = all.filter(({ left }) => !left);
  const left = all.length - refused.length;
  const senders = refused.flatMap(({ sender }) => sender ?? []);
  const counts = [...Map.groupBy(senders, (sender) => sender)]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, 10);
  const whose = counts.map(([sender, { length }]) => `${length} by ${sender}`).join(", ");
  const tooOld = left > 0 ? ` ${left} left as they were, because they were too old.` : "";
  return onOneLine(`${refused.length} refused${whose ? `: ${whose}` : ""}.${tooOld}`);
}
