import type { Comparison } from "@fanfare/shared/intake";
import type { Command } from "commander";
import { readCount } from "../read-count.ts";
import { type CommonOptions, withCommonOptions, withExistingStore } from "../store.ts";

interface CompareOptions extends CommonOptions {
  limit: string;
}

const MOST = 10_000;

const HELP = `
In shadow mode (FANFARE_FLUTTERFLOW=shadow) Fanfare checks every document with
FCM, delivers nothing, and notes here what it would have answered, beside what
the functions that FlutterFlow generates did answer.`;

export function compareCommand(group: Command): void {
  withCommonOptions(group.command("compare").description("what shadow mode found, document by document"))
    .option("--limit <number>", "how many, at most", "100")
    .addHelpText("after", HELP)
    .action((options: CompareOptions) =>
      withExistingStore(options, async ({ intake }) => {
        const compared = (await intake.comparisons(readCount("--limit", options.limit, MOST))).map(compare);
        for (const one of compared) {
          if (options.json) console.log(JSON.stringify(one));
          else print(one);
        }
        if (!options.json) console.log(summary(compared));
      }),
    );
}

export type Verdict = "same" | "different" | "unfinished";

export interface ComparedLine {
  path: string;
  theirs: Comparison["theirs"] | undefined;
  ours: Comparison["ours"] | undefined;
  verdict: Verdict;
  differences: string[];
}

/** What is different, and why that may be. Nothing can be said before both have answered. */
export function compare({ path, theirs, ours }: Comparison): ComparedLine {
  const line = { path, theirs, ours };
  if (!theirs || !ours) return { ...line, verdict: "unfinished", differences: [] };
  const differences: string[] = [];
  if (theirs.status !== ours.status)
    differences.push(
      `status: theirs ${theirs.status}, ours ${ours.status}${ours.error ? ` (${ours.error})` : ""}`,
    );
  const [sent, accepted] = [theirs.numSent ?? 0, ours.numSent ?? 0];
  if (sent !== accepted) differences.push(`num_sent: theirs ${sent}, ours ${accepted}`, ...ours.notes);
  return { ...line, verdict: differences.length > 0 ? "different" : "same", differences };
}

function print({ path, ours, theirs, verdict, differences }: ComparedLine): void {
  const audience = ours ? `, audience ${ours.audience}` : "";
  const waits = ours ? "their answer is missing" : theirs ? "the check goes on" : "nothing is known yet";
  console.log(`${path}: ${verdict === "unfinished" ? waits : verdict}${audience}`);
  for (const difference of differences) console.log(`    ${difference}`);
}

function summary(compared: readonly ComparedLine[]): string {
  const count = (verdict: Verdict) => compared.filter((one) => one.verdict === verdict).length;
  return `${compared.length} documents: ${count("same")} same, ${count("different")} different, ${count("unfinished")} unfinished.`;
}
