import { withExistingStore } from "@fanfare/local/installation/open";
import { onOneLine, quote } from "@fanfare/shared/domain/quote";
import type { Comparison } from "@fanfare/shared/intake";
import { readCount } from "@fanfare/terminal/read-count";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "../common-options.ts";

interface CompareOptions extends CommonOptions {
  limit: string;
}

const MOST = 10_000;

const HELP = `
In shadow mode (FANFARE_FLUTTERFLOW=shadow) Fanfare checks every document with
FCM, delivers nothing, and notes here what it would have answered, beside what
the functions that FlutterFlow generates did answer. Fields of a document that
Fanfare does not know are named: they do not reach phones, and one whose name
says that it narrows the audience pauses the broadcast.`;

export function compareCommand(group: Command): void {
  withCommonOptions(group.command("compare").description("what shadow mode found, document by document"))
    .option("--limit <number>", "how many, at most", "100")
    .addHelpText("after", HELP)
    .action((options: CompareOptions) =>
      withExistingStore(options, async ({ intake }) => {
        const compared = (await intake.comparisons(readCount("--limit", options.limit, MOST))).map(compare);
        for (const one of compared) {
          if (options.json) console.log(JSON.stringify(one));
          else for (const line of linesOf(one)) console.log(line);
        }
        if (!options.json) console.log(summaryOf(compared));
      }),
    );
}

export type Agreement = "same" | "different" | "unfinished";

export interface ComparedLine {
  path: string;
  theirs: Comparison["theirs"] | undefined;
  ours: Comparison["ours"] | undefined;
  verdict: Agreement;
  differences: string[];
  /** Names of its fields that Fanfare does not know. */
  ignored: string[];
}

/** What is different, and why that may be. Nothing can be said before both have answered. */
export function compare({ path, theirs, ours, ignored = [] }: Comparison): ComparedLine {
  const line = { path, theirs, ours, ignored };
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

/** Paths, names and reasons hold what users wrote. */
export function linesOf({ path, ours, theirs, verdict, differences, ignored }: ComparedLine): string[] {
  const audience = ours ? `, audience ${ours.audience}` : "";
  const waits = ours ? "their answer is missing" : theirs ? "the check goes on" : "nothing is known yet";
  return [
    `${path}: ${verdict === "unfinished" ? waits : verdict}${audience}`,
    ...differences.map((difference) => `    ${difference}`),
    ...(ignored.length > 0
      ? [`    fields that Fanfare does not know: ${ignored.map(quote).join(", ")}`]
      : []),
  ].map(onOneLine);
}

export function summaryOf(compared: readonly ComparedLine[]): string {
  const count = (verdict: Agreement) => compared.filter((one) => one.verdict === verdict).length;
  const whole = `${compared.length} documents: ${count("same")} same, ${count("different")} different, ${count("unfinished")} unfinished.`;
  const reasons = compared.filter(isRefusedHere).map(({ ours }) => kindOf(ours?.error ?? "it failed"));
  if (reasons.length === 0) return whole;
  const kinds = [...Map.groupBy(reasons, (reason) => reason)].sort(([, a], [, b]) => b.length - a.length);
  const counts = kinds.slice(0, MOST_KINDS).map(([kind, { length }]) => `${length} ${kind}`);
  const more = kinds.length > MOST_KINDS ? [`${kinds.length - MOST_KINDS} more reasons`] : [];
  return onOneLine(
    `${whole} ${reasons.length} that the functions sent would have failed here: ${[...counts, ...more].join("; ")}.`,
  );
}

const MOST_KINDS = 10;

/** The functions sent it to at least one device. */
function isRefusedHere({ theirs, ours }: ComparedLine): boolean {
  return theirs?.status === "succeeded" && theirs.numSent !== 0 && ours?.status === "failed";
}

/** Longer reasons quote what a document held. */
const MOST_CHARACTERS = 100;

/** A reason without the values in it, so that those of one kind are equal: quoted texts, paths, addresses, numbers. */
function kindOf(reason: string): string {
  const kind = reason.replace(/"(?:[^"\\]|\\.)*"|[^\s/]+\/\S*[^\s/]|\d[\d,.]*/g, "…");
  return kind.length > MOST_CHARACTERS ? `${kind.slice(0, MOST_CHARACTERS).toWellFormed()}…` : kind;
}
