import { flutterflowDeps } from "@fanfare/local/installation/flutterflow-deps";
import { withExistingStore } from "@fanfare/local/installation/open";
import type { FlutterFlowDeps } from "@fanfare/scheduler/flutterflow/deps";
import { takeDocument } from "@fanfare/scheduler/flutterflow/take-document";
import { whyLeft } from "@fanfare/scheduler/flutterflow/why-left";
import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import { readDocument } from "@fanfare/shared/domain/flutterflow";
import { readIsoTime } from "@fanfare/shared/domain/iso-time";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "../common-options.ts";
import { tellTaken } from "./tell-taken.ts";

interface CatchUpOptions extends CommonOptions {
  since: string;
  until?: string;
  older?: boolean;
}

const DAY_MS = 24 * 3_600_000;

const HELP = `
For the switch from FlutterFlow's functions to Fanfare, or back: what was
written while neither was at work, and what they kept for later. Documents with
an answer, or with a status that does not ask to be sent, are left alone, and
doing it again sends nothing twice.

A document that was created more than 24 hours ago is left as well, unless its
time is still to come or passed within the last day: --older takes it.`;

export function catchUpCommand(group: Command): void {
  const text =
    "take documents without an answer that were created in a time, and all that are scheduled for later";
  withCommonOptions(group.command("catch-up").description(text))
    .requiredOption(
      "--since <time>",
      "ISO date and time, with its zone, from which on documents were not taken",
    )
    .option("--until <time>", "and until when (default: now); with it, what is scheduled is left alone")
    .option("--older", "take those that were created more than 24 hours ago, too, and send them now")
    .addHelpText("after", HELP)
    .action(catchUp);
}

async function catchUp(options: CatchUpOptions): Promise<void> {
  const since = readTime("--since", options.since);
  const until = options.until === undefined ? undefined : readTime("--until", options.until);
  await withExistingStore(options, async (store) => {
    // Sent whatever the functions do by now: on the way back they only check.
    const deps: FlutterFlowDeps = { ...flutterflowDeps(store, options), mode: "on" };
    let [taken, left] = [0, 0];
    for await (const document of store.documents.unanswered()) {
      const due = dueAt(document);
      if (!isMeant(document, due, since, until) || whyLeft(deps, document) !== null) continue;
      // What has just been missed is what this is for.
      const older = options.older || (due >= since && due > deps.now() - DAY_MS);
      const what = await takeDocument(deps, document, { older });
      tellTaken(document.path, what, options.json);
      if (what.kind === "left") left += 1;
      else taken += 1;
    }
    if (!options.json)
      console.log(`${taken} documents taken${left > 0 ? `, ${left} left as they are` : ""}.`);
  });
}

/** Whether the document came in that time, or one that took it before keeps it for later. */
function isMeant(
  { createdAt }: FlutterFlowDocument,
  due: number,
  since: number,
  until = Number.POSITIVE_INFINITY,
): boolean {
  const createdMs = createdAt / 1_000;
  if (createdMs >= since) return createdMs < until;
  return until === Number.POSITIVE_INFINITY && due >= since;
}

/** When it is to be sent, in ms since 1970. */
function dueAt({ path, fields }: FlutterFlowDocument): number {
  try {
    return Date.parse(readDocument(path, fields).at ?? "1970-01-01T00:00:00Z");
  } catch (error) {
    // What cannot be read was not kept for later by anybody.
    if (error instanceof InvalidInput) return 0;
    throw error;
  }
}

function readTime(flag: string, text: string): number {
  const read = readIsoTime(text);
  if (read.kind === "time") return read.ms;
  throw new InvalidInput([{ field: flag, message: read.message }]);
}
