import type { FlutterFlowDeps } from "@fanfare/scheduler/flutterflow/deps";
import { takeDocument } from "@fanfare/scheduler/flutterflow/take-document";
import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import { readDocument } from "@fanfare/shared/domain/flutterflow";
import { readIsoTime } from "@fanfare/shared/domain/iso-time";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions, withExistingStore } from "../store.ts";
import { flutterflowDeps } from "./deps.ts";
import { tellTaken } from "./tell-taken.ts";

interface CatchUpOptions extends CommonOptions {
  since: string;
  until?: string;
}

const HELP = `
For the switch from FlutterFlow's functions to Fanfare, or back: what was
written while neither was at work, and what they kept for later. Documents with
an answer are left alone, and doing it again sends nothing twice.`;

export function catchUpCommand(group: Command): void {
  const text =
    "take documents without an answer that were created in a time, and all that are scheduled for later";
  withCommonOptions(group.command("catch-up").description(text))
    .requiredOption("--since <time>", "ISO date and time, with its zone, from which on nobody took documents")
    .option("--until <time>", "and until when (default: now); with it, what is scheduled is left alone")
    .addHelpText("after", HELP)
    .action(catchUp);
}

async function catchUp(options: CatchUpOptions): Promise<void> {
  const since = readTime("--since", options.since);
  const until = options.until === undefined ? undefined : readTime("--until", options.until);
  await withExistingStore(options, async (store) => {
    // Sent whatever the functions do by now: on the way back they only check.
    const deps: FlutterFlowDeps = { ...flutterflowDeps(store, options), mode: "on" };
    let count = 0;
    for await (const document of store.documents.unanswered()) {
      if (!isMeant(document, since, until)) continue;
      tellTaken(document.path, await takeDocument(deps, document), options.json);
      count += 1;
    }
    if (!options.json) console.log(`${count} documents taken.`);
  });
}

/** Whether nobody has taken the document, or whoever did keeps it for later. */
function isMeant(document: FlutterFlowDocument, since: number, until: number | undefined): boolean {
  const createdMs = document.createdAt / 1_000;
  if (createdMs >= since) return createdMs < (until ?? Number.POSITIVE_INFINITY);
  return until === undefined && dueAt(document) >= since;
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
