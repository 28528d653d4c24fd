import { createReadStream } from "node:fs";
import { flutterflowDeps } from "@fanfare/local/installation/flutterflow-deps";
import { withStore } from "@fanfare/local/installation/open";
import { takeDocument } from "@fanfare/scheduler/flutterflow/take-document";
import { APP_COLLECTION, CONSOLE_COLLECTION } from "@fanfare/shared/domain/flutterflow";
import { textProblems } from "@fanfare/shared/domain/text";
import { isDocumentId } from "@fanfare/shared/domain/user-refs";
import { TerminalError } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/store";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "../common-options.ts";
import { readLines } from "../import/read-lines.ts";
import { readNdjson } from "../import/read-ndjson.ts";
import { sizeOf } from "../import/read-registrations.ts";
import { tellTaken } from "./tell-taken.ts";

const HELP = `
One JSON object a line: the field "path" names the document, all others are its
fields, as FlutterFlow writes them:

  {"path": "ff_push_notifications/1", "notification_title": "Hello",
   "notification_text": "World", "target_audience": "All"}
  {"path": "ff_user_push_notifications/2", "notification_title": "Hi",
   "notification_text": "Ada wrote to you", "user_refs": "users/bob",
   "sender": "users/ada", "scheduled_time": "2027-01-31T18:00:00+01:00"}

Importing a document again changes what it asked for, as long as it is
scheduled. One with a "status" other than "started" is not sent.`;

export function importCommand(group: Command): void {
  withCommonOptions(
    group
      .command("import <file>")
      .description("take documents from an NDJSON file, as if an app had written them"),
  )
    .addHelpText("after", HELP)
    .action(importFile);
}

async function importFile(file: string, options: CommonOptions): Promise<void> {
  // Looked for before the data file is made, so that a file that is none leaves nothing behind.
  await sizeOf(file);
  const taken = await withStore(options, (store) => importAll(file, store, options));
  if (taken === 0) process.exitCode = 1;
}

/** @returns how many documents were not refused */
async function importAll(file: string, store: Store, options: CommonOptions): Promise<number> {
  const deps = flutterflowDeps(store, options);
  let count = 0;
  for await (const row of readNdjson(readLines(createReadStream(file, "utf8")))) {
    const read = "reason" in row ? row : readPath(row.value);
    if ("reason" in read) {
      console.error(`line ${row.line}: ${read.reason}`);
      continue;
    }
    const refused = await put(store, read);
    if (refused !== null) {
      console.error(`line ${row.line}: ${refused}`);
      continue;
    }
    const document = await store.documents.get(read.path);
    if (!document) continue;
    const taken = await takeDocument(deps, document);
    tellTaken(read.path, taken, options.json);
    if (taken.kind !== "refused") count += 1;
  }
  return count;
}

/** Why a document cannot be stored; null where it was. The lines after it are read all the same. */
async function put(
  { documents }: Store,
  document: Parameters<Store["documents"]["put"]>[0][number],
): Promise<string | null> {
  const [problem] = textProblems(document.fields);
  if (problem) return `${problem.field}: ${problem.message}`;
  try {
    await documents.put([document]);
    return null;
  } catch (error) {
    if (error instanceof TerminalError) return error.message;
    throw error;
  }
}

const PATH = new RegExp(`^(${APP_COLLECTION}|${CONSOLE_COLLECTION})/[^/]+$`);

function readPath({
  path,
  ...fields
}: Record<string, unknown>): { path: string; fields: Record<string, unknown> } | { reason: string } {
  if (typeof path === "string" && PATH.test(path) && isDocumentId(path.split("/")[1] ?? ""))
    return { path, fields };
  return { reason: `path: must be a document of ${CONSOLE_COLLECTION} or ${APP_COLLECTION}` };
}
